import { expect } from "chai";
import { run as runEffection } from "effection";
import { chmodSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { setImmediate as turn } from "node:timers/promises";
import {
  brecv,
  bsend,
  type Coroutine,
  DillError,
  go,
  hclose,
  ipcPair,
  type IpcSocket,
  msleep,
  now,
  run,
} from "libdill-ts";
import { openDescriptors } from "../support/descriptors.js";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { codeOf } from "../support/failure.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";
import { fixtureCommand, startProcess, stopProcesses } from "../support/process.js";
import { tempDir } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("ipcPair", () => {
  afterEach(stopProcesses);

  it("makes two sockets connected with each other", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsend(a, Buffer.from("ping"), -1);
    expect(String(yield* brecv(b, 4, -1))).to.equal("ping");
    yield* bsend(b, Buffer.from("pong"), -1);
    expect(String(yield* brecv(a, 4, -1))).to.equal("pong");
    hclose(a);
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
  });

  it("makes pairs that know nothing of each other, also at once", function* () {
    const pairs: [IpcSocket, IpcSocket][] = [];
    const makers = Array.from({ length: 20 }, () => go(make()));
    while (pairs.length < 20) yield* msleep(now() + 1);
    for (const [i, [a]] of pairs.entries()) yield* bsend(a, Buffer.of(i), -1);
    for (const [i, [, b]] of pairs.entries()) expect((yield* brecv(b, 1, -1))[0]).to.equal(i);
    for (const h of makers) hclose(h);

    function* make(): Coroutine {
      pairs.push(yield* ipcPair());
    }
  });

  it("makes a new pair each time it is run", function* () {
    const operation = ipcPair();
    const handles = [...(yield* operation), ...(yield* operation)];
    expect(new Set(handles).size).to.equal(4);
  });

  it("works in an Effection program", async () => {
    await runEffection(function* () {
      const [a, b] = yield* ipcPair();
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
      hclose(a);
      hclose(b);
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED synchronously, and leaves no file", function* () {
      const before = leftovers();
      const codes: string[] = [];
      hclose(go(report(codes)));
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(leftovers()).to.deep.equal(before);
    });

    it("throws ECANCELED in a coroutine that is being canceled", function* () {
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              yield* report(codes);
            }
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
    });
  });

  describe("errors", () => {
    it("EACCES: the directory for temporary files may not be written", function* () {
      const folder = tempDir();
      chmodSync(folder, 0o555);
      const options = { env: { ...process.env, TMPDIR: folder } };
      const program = [...fixtureCommand("attempt"), "pair", "nobody"];
      const peer = startProcess(process.execPath, program, options);
      const failure: unknown = JSON.parse((yield* until(peer.line())) ?? "");
      expect(failure).to.include({ code: "EACCES", syscall: "ipc_pair" });
    });

    it("EMFILE: no descriptor is left", function* () {
      const peer = startWithFewDescriptors([...fixtureCommand("attempt"), "pair", "exhausted"]);
      yield* until(peer.line());
      const failure: unknown = JSON.parse((yield* until(peer.line())) ?? "");
      expect(failure).to.include({ code: "EMFILE", syscall: "ipc_pair" });
    });
  });

  describe("leaves nothing behind", () => {
    it("in the directory for temporary files", function* () {
      const before = leftovers();
      yield* ipcPair();
      expect(leftovers()).to.deep.equal(before);
    });

    it("but the place for the next pair, until the run ends", async () => {
      const before = openDescriptors().length;
      await run(
        (function* () {
          closeAll(yield* ipcPair());
          const after = openDescriptors().length;
          expect(after - before).to.be.at.most(2);
          for (let i = 0; i < 10; i++) closeAll(yield* ipcPair());
          expect(openDescriptors().length).to.equal(after);
        })(),
      );
      expect(openDescriptors().length).to.equal(before);
    });

    it("in an Effection program", async () => {
      const before = openDescriptors().length;
      await runEffection(function* () {
        closeAll(yield* ipcPair());
      });
      expect(openDescriptors().length).to.equal(before);
    });

    itOnNode(
      "of a pair that was given up at any moment: the next two meet nobody else",
      function* () {
        closeAll(yield* ipcPair());
        for (let turns = 0; turns < 12; turns++) {
          const given = go(make());
          for (let i = 0; i < turns; i++) yield* until(turn());
          hclose(given);
          const [a, b] = yield* ipcPair();
          yield* bsend(a, Buffer.from("met"), -1);
          expect(String(yield* brecv(b, 3, now() + 1000))).to.equal("met");
          closeAll([a, b]);
        }

        function* make(): Coroutine {
          for (;;) yield* ipcPair();
        }
      },
    );

    itOnNode("if the process exits in the middle", function* () {
      const folder = tempDir();
      const env = { ...process.env, TMPDIR: folder };
      const peer = startProcess(process.execPath, fixtureCommand("exiting"), { env });
      expect(yield* until(peer.ended())).to.include({ status: 0 });
      expect(readdirSync(folder)).to.deep.equal([]);
    });

    it("when the run ends", async () => {
      let pair: IpcSocket[] = [];
      await run(
        (function* () {
          pair = yield* ipcPair();
        })(),
      );
      for (const s of pair) expect(() => hclose(s)).to.throw(DillError, "EBADF");
    });
  });
});

function leftovers(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("dill-pair-"));
}

function* report(codes: string[]): Coroutine {
  codes.push(yield* codeOf(ipcPair()));
}

function closeAll(pair: readonly IpcSocket[]): void {
  for (const s of pair) hclose(s);
}
