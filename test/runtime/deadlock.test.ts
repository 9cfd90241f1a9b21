import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import {
  bundle,
  bundleGo,
  bundleWait,
  chdone,
  chmake,
  choose,
  chrecv,
  chsend,
  type Channel,
  type Coroutine,
  type DillError,
  go,
  hclose,
  ipcAccept,
  ipcListen,
  isErrno,
  join,
  msleep,
  now,
  run,
} from "libdill-ts";
import { it } from "../support/it.js";
import { startProgram } from "../support/program.js";

async function deadlockOf(coroutine: Coroutine<unknown>): Promise<DillError> {
  try {
    await run(coroutine);
  } catch (e) {
    if (isErrno(e, "EDEADLK")) return e;
    throw e;
  }
  throw new Error("there was no deadlock");
}

/** Waits until somebody calls chdone. */
function* untilDone(ch: Channel<string>): Coroutine<string> {
  try {
    yield* chrecv(ch, -1);
  } catch (e) {
    if (!isErrno(e, "EPIPE")) throw e;
  }
  return "done";
}

describe("a deadlock", () => {
  it("rejects although a timer of the code around run is alive", async () => {
    const timer = setTimeout(() => {}, 60_000);
    try {
      const [a, b] = chmake<string>();
      const error = await deadlockOf(untilDone(b));
      expect(error.syscall).to.equal("run");
      expect(error.message).to.contain(`main coroutine: waits in chrecv(${b})`);
      hclose(a);
      hclose(b);
    } finally {
      clearTimeout(timer);
    }
  });

  it("lists each coroutine and what it waits for", async () => {
    const [a, b] = chmake<string>();
    const [c, d] = chmake<string>();
    let ends = 0;
    const error = await deadlockOf(
      (function* () {
        try {
          const pair = bundle();
          bundleGo(pair, untilDone(b));
          bundleGo(
            pair,
            (function* () {
              yield* chsend(c, "to nobody", -1);
            })(),
          );
          const chooser = go(
            (function* () {
              yield* choose(
                [
                  { op: "recv", ch: a },
                  { op: "send", ch: d, value: "to nobody" },
                ],
                -1,
              );
            })(),
          );
          go(
            (function* () {
              yield* join(chooser, -1);
            })(),
          );
          yield* bundleWait(pair, -1);
        } finally {
          ends += 1;
        }
      })(),
    );
    const lines = error.message.split("\n").filter((line) => line.includes("waits in"));
    expect(lines[0]).to.match(/main coroutine: waits in bundleWait\(\d+\)/);
    const waits = lines.slice(1).map((line) => line.replace(/.*waits in /, ""));
    expect(waits).to.have.members([
      `chrecv(${b})`,
      `chsend(${c})`,
      `choose(recv ${a}, send ${d})`,
      "join",
    ]);
    expect(ends).to.equal(1);
    for (const ch of [a, b, c, d]) hclose(ch);
  });

  it("runs the finally blocks of all coroutines", async () => {
    const log: string[] = [];
    const [a, b] = chmake<string>();
    function* stuck(name: string): Coroutine {
      try {
        yield* untilDone(b);
      } finally {
        log.push(name);
      }
    }
    await deadlockOf(
      (function* () {
        go(stuck("child"));
        yield* stuck("main");
      })(),
    );
    expect(log).to.have.members(["main", "child"]);
    hclose(a);
    hclose(b);
  });

  it("prints what waits for what, and exits with 1, in a program of its own", async () => {
    const { status, stdout, stderr } = await startProgram("test/fixtures/deadlock.js").ended();
    expect(stdout).to.equal("finally\n");
    expect(stderr).to.contain("EDEADLK");
    expect(stderr).to.match(/main coroutine: waits in chrecv\(\d+\)/);
    expect(status).to.equal(1);
  });
});

describe("no deadlock", () => {
  it("is a timer set in a coroutine, which will call chdone", function* () {
    const [a, b] = chmake<string>();
    setTimeout(() => chdone(a), 1500);
    expect(yield* untilDone(b)).to.equal("done");
    hclose(a);
    hclose(b);
  });

  it("is a live child process whose exit calls chdone", function* () {
    const [a, b] = chmake<string>();
    const script = "setTimeout(() => {}, 1500)";
    spawn(process.execPath, ["-e", script], { stdio: "ignore" }).on("exit", () => chdone(a));
    expect(yield* untilDone(b)).to.equal("done");
    hclose(a);
    hclose(b);
  });

  it("is an AbortSignal that is aborted later", async () => {
    const [a, b] = chmake<string>();
    const controller = new AbortController();
    const running = run(untilDone(b), { signal: controller.signal });
    await Promise.all([
      (async () => {
        await pause(1500);
        controller.abort("late");
      })(),
      (async () => {
        let caught: unknown;
        try {
          await running;
        } catch (e) {
          caught = e;
        }
        expect(isErrno(caught, "ECANCELED")).to.be.true;
        expect((caught as DillError).cause).to.equal("late");
      })(),
    ]);
    hclose(a);
    hclose(b);
  });

  it("is a pending ipcAccept", async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "dill-deadlock-"));
    const path = joinPath(folder, "s");
    try {
      const running = run(
        (function* () {
          const ls = yield* ipcListen(path, 1);
          hclose(yield* ipcAccept(ls, -1));
          hclose(ls);
          return "accepted";
        })(),
      );
      await pause(1500);
      const client = connect(path);
      await once(client, "connect");
      client.destroy();
      await once(client, "close");
      expect(await running).to.equal("accepted");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("is a coroutine that sleeps and will send", function* () {
    const [a, b] = chmake<string>();
    go(
      (function* () {
        yield* msleep(now() + 1500);
        yield* chsend(a, "awake", -1);
      })(),
    );
    expect(yield* chrecv(b, -1)).to.equal("awake");
    hclose(a);
    hclose(b);
  });

  it("is a run that waits for another one's coroutine", async () => {
    const [a, b] = chmake<string>();
    const receiving = run(untilDone(b));
    await run(
      (function* () {
        yield* msleep(now() + 1500);
        chdone(a);
      })(),
    );
    expect(await receiving).to.equal("done");
    hclose(a);
    hclose(b);
  });
});
