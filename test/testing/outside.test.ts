import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { run as effectionRun, sleep } from "effection";
import { it } from "mocha";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  chmake,
  chrecv,
  chsend,
  hclose,
  ipcPair,
  msleep,
  now,
  until,
} from "libdill-ts";
import { toDuplex } from "libdill-ts/streams";
import { simulate } from "libdill-ts/testing";
import { rejectionOf } from "../support/failure.js";

const wait = (time: number): Promise<void> => new Promise((go) => void setTimeout(go, time));

describe("the real world in a simulation", () => {
  it("settles promises before the clock moves", async () => {
    await simulate(function* (sim) {
      const answer = yield* until(
        (async () => {
          await Promise.resolve();
          await Promise.resolve();
          return 42;
        })(),
        now() + 10,
      );
      expect([answer, sim.elapsed]).to.deep.equal([42, 0]);
    });
  });

  it("settles them also under a deadline that is past, as on Node", async () => {
    await simulate(function* () {
      const deadline = now() + 10;
      yield* msleep(deadline);
      expect(yield* until((async () => "cached")(), deadline)).to.equal("cached");
      expect(yield* until(Promise.resolve(1), 0)).to.equal(1);
    });
  });

  it("waits for what code behind a stream waits for, before a deadline comes", async () => {
    await simulate(function* () {
      const [a, b] = yield* ipcPair();
      const stream = toDuplex(a);
      stream.once("data", () => {
        void readFile(fileURLToPath(import.meta.url)).then(() => stream.write("hello"));
      });
      yield* bsend(b, Buffer.from("ask"), -1);
      expect(String(yield* brecv(b, 5, now() + 1000))).to.equal("hello");
    });
  });

  it("reads a file while a deadline far away is armed", async () => {
    await simulate(function* () {
      const text = yield* until(readFile(fileURLToPath(import.meta.url), "utf8"), now() + 60_000);
      expect(text.length).to.be.above(0);
    });
  });

  it("lets the clock walk while a timer of Node's is waited for", async () => {
    await simulate(function* (sim) {
      yield* until(wait(30), now() + 60_000);
      expect(sim.elapsed).to.be.within(20, 30_000);
    });
  });

  it("lets a deadline hit while the real world takes longer", async () => {
    const timer = setTimeout(() => {}, 10_000);
    const error = await rejectionOf(
      simulate(function* (sim) {
        const late = setTimeout(() => {}, 10_000);
        try {
          yield* until(new Promise(() => {}), now() + 20);
        } finally {
          clearTimeout(late);
          expect(sim.elapsed).to.equal(20);
        }
      }),
    );
    clearTimeout(timer);
    expect(error).to.have.property("code", "ETIMEDOUT");
  });

  it("sees a child process also where the end of an earlier one hides it", async () => {
    const earlier = spawn("cat");
    await once(earlier, "spawn");
    let later: Promise<unknown> = Promise.resolve();
    const waiting = simulate(
      function* () {
        earlier.stdin.end();
        later = promisify(execFile)("sleep", ["0.5"]);
        yield* until(later, -1);
      },
      { patience: 200 },
    );
    const error = await rejectionOf(waiting);
    await later;
    expect(String(error)).to.match(/ETIMEDOUT: .* has waited for the real world \(\w/);
  });

  it("waits for a child process", async () => {
    await simulate(
      function* () {
        const child = promisify(execFile)(process.execPath, ["-p", "6*7"]);
        const { stdout } = yield* until(child, -1);
        expect(stdout.trim()).to.equal("42");
      },
      { patience: 20_000 },
    );
  });

  it("waits for work that the process does not show", async () => {
    await simulate(function* () {
      const digest = crypto.subtle.digest("SHA-256", Buffer.from("x"));
      const bytes = yield* until(digest, -1);
      const expected = createHash("sha256").update("x").digest("hex");
      expect(Buffer.from(bytes).toString("hex")).to.equal(expected);
    });
  });

  it("jumps if nothing real is alive that could settle a promise", async () => {
    await simulate(function* (sim) {
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          yield* until(new Promise(() => {}), -1);
        })(),
      );
      yield* msleep(now() + 3_600_000);
      expect(sim.elapsed).to.equal(3_600_000);
      hclose(b);
    });
  });

  it("is EDEADLK if nothing real is alive, and nobody can go on", async () => {
    const error = await rejectionOf(
      simulate(function* () {
        yield* until(new Promise(() => {}), -1);
      }),
    );
    expect(error).to.have.property("code", "EDEADLK");
  });

  it("is never EDEADLK while a timer of the program's own may still feed a channel", async () => {
    await simulate(function* () {
      const [a, b] = chmake();
      const feeders = bundle();
      setTimeout(() => {
        bundleGo(
          feeders,
          (function* () {
            yield* chsend(a, "late", -1);
          })(),
        );
      }, 40);
      expect(yield* chrecv(b, -1)).to.equal("late");
      hclose(feeders);
    });
  });

  it("is an error that names what is alive, if that takes longer than the patience", async () => {
    const timer = setTimeout(() => {}, 10_000);
    const error = await rejectionOf(
      simulate(
        function* () {
          const later = setTimeout(() => {}, 10_000);
          try {
            yield* until(new Promise(() => {}), -1);
          } finally {
            clearTimeout(later);
          }
        },
        { patience: 50 },
      ),
    );
    clearTimeout(timer);
    expect(error).to.have.property("code", "ETIMEDOUT");
    expect(String(error)).to.match(/for 50 ms[^]*until/);
  });

  it("takes Effection along: its sleep lets the clock walk", async () => {
    await simulate(function* (sim) {
      const program = effectionRun(function* () {
        yield* sleep(20);
        yield* msleep(now() + 5);
        return "done";
      });
      expect(yield* until(program, -1)).to.equal("done");
      expect(sim.elapsed).to.be.above(10);
    });
  });

  it("keeps the values of AsyncLocalStorage", async () => {
    const storage = new AsyncLocalStorage<string>();
    await storage.run("mine", () =>
      simulate(function* () {
        yield* msleep(now() + 1000);
        expect(storage.getStore()).to.equal("mine");
      }),
    );
  });

  it("reads a Node stream that somebody else feeds", async () => {
    await simulate(function* () {
      const stream = Readable.from(
        (async function* () {
          yield "a";
          await wait(5);
          yield "b";
        })(),
      );
      const text = yield* until(stream.toArray(), -1);
      expect(text.join("")).to.equal("ab");
    });
  });
});
