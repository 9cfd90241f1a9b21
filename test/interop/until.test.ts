import { EventEmitter, getEventListeners, once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join as joinPath } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { run as effectionRun, spawn } from "effection";
import {
  bundle,
  bundleGo,
  type Coroutine,
  go,
  hclose,
  isErrno,
  join,
  msleep,
  now,
  run,
  until,
  withDeadline,
} from "libdill-ts";
import { codeOf, thrownIn } from "../support/failure.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";
import { startFixture } from "../support/process.js";
import { tempDir } from "../support/tempDir.js";

describe("until", () => {
  it("returns what the promise was fulfilled with, now or later", function* () {
    expect(yield* until(Promise.resolve(1), -1)).to.equal(1);
    const later = sleep(1, "later");
    expect(yield* until(later, -1)).to.equal("later");
    expect(yield* until(later, 0)).to.equal("later");
  });

  it("throws what it was rejected with, as it is", function* () {
    const reason = new Error("mine");
    expect(yield* thrownIn(until(Promise.reject(reason), -1))).to.equal(reason);
    // oxlint-disable-next-line prefer-promise-reject-errors -- anything can be a reason
    expect(yield* thrownIn(until(Promise.reject(undefined), -1))).to.equal(undefined);
  });

  it("calls a function at the yield*, and once for each", function* () {
    let calls = 0;
    const operation = until(() => Promise.resolve((calls += 1)), -1);
    expect(calls).to.equal(0);
    expect(yield* operation).to.equal(1);
    expect(yield* operation).to.equal(2);
  });

  it("takes a function's plain value, and throws what it throws", function* () {
    expect(yield* until(() => 7, 0)).to.equal(7);
    const error = new Error("at once");
    const failing = until((): number => {
      throw error;
    }, -1);
    expect(yield* thrownIn(failing)).to.equal(error);
  });

  it("does not abort the signal of what has come to its end", function* () {
    const signals: AbortSignal[] = [];
    yield* until((signal) => Promise.resolve(signals.push(signal)), -1);
    yield* thrownIn(
      until((signal) => {
        signals.push(signal);
        return Promise.reject(new Error("mine"));
      }, -1),
    );
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false, false]);
  });

  it("takes a thenable that is no promise, whatever it does", function* () {
    // oxlint-disable unicorn/no-thenable -- that is what is tested
    const calling = { then: (done: (value: number) => void) => (done(1), done(2)) };
    const throwing = {
      then(done: (value: number) => void) {
        done(3);
        throw new Error("too late");
      },
    };
    const failing = {
      then() {
        throw new Error("at once");
      },
    };
    // oxlint-enable unicorn/no-thenable
    expect(yield* until(calling as unknown as PromiseLike<number>, -1)).to.equal(1);
    expect(yield* until(throwing as unknown as PromiseLike<number>, -1)).to.equal(3);
    const error = yield* thrownIn(until(failing as unknown as PromiseLike<number>, -1));
    expect(error).to.have.property("message", "at once");
  });

  describe("deadline", () => {
    it("0 or past gives the value of a promise that is settled, and ETIMEDOUT otherwise", function* () {
      expect(yield* until(Promise.resolve(1), 0)).to.equal(1);
      expect(yield* until(Promise.resolve(1), now() - 1)).to.equal(1);
      expect(yield* codeOf(until(new Promise(() => {}), 0))).to.equal("ETIMEDOUT");
    });

    it("gives ETIMEDOUT when it hits, and aborts the signal with that error before", function* () {
      const log: unknown[] = [];
      const deadline = now() + 2;
      const error = yield* thrownIn(
        until((signal) => {
          signal.addEventListener("abort", () => log.push(signal.reason));
          return new Promise(() => {});
        }, deadline),
      );
      expect(isErrno(error, "ETIMEDOUT")).to.equal(true);
      expect(now()).to.be.at.least(deadline);
      expect(log).to.deep.equal([error]);
    });

    it("of a block cuts it short, too", function* () {
      let reason: unknown;
      const block = withDeadline(now() + 1, function* () {
        yield* until((signal) => {
          signal.addEventListener("abort", () => (reason = signal.reason));
          return new Promise(() => {});
        }, -1);
      });
      expect(yield* codeOf(block)).to.equal("ETIMEDOUT");
      expect(isErrno(reason, "ECANCELED")).to.equal(true);
    });
  });

  describe("cancellation", () => {
    it("aborts the signal with the ECANCELED that arrives after", function* () {
      const log: unknown[] = [];
      const h = go(
        (function* () {
          try {
            yield* until((signal) => {
              signal.addEventListener("abort", () => log.push(signal.reason));
              return new Promise(() => {});
            }, -1);
          } catch (error) {
            log.push(error);
            throw error;
          }
        })(),
      );
      hclose(h);
      expect(log).to.have.lengthOf(2);
      expect(log[0]).to.equal(log[1]);
      expect(isErrno(log[0], "ECANCELED")).to.equal(true);
    });

    it("drops a late result and a late rejection, which nobody has to handle", async () => {
      let reject: (reason: Error) => void = () => {};
      const late = new Promise<never>((_, fail) => (reject = fail));
      await run(
        (function* () {
          hclose(go(awaiting(late)));
          expect(yield* codeOf(until(late, 0))).to.equal("ETIMEDOUT");
        })(),
      );
      reject(new Error("nobody hears of it")); // the hooks fail the test if it is unhandled
      await sleep(1);
    });

    it("gives a result that has come first, and only then ECANCELED", function* () {
      let value = 0;
      const promise = Promise.resolve(5);
      const h = go(
        (function* () {
          value = yield* until(promise, -1);
        })(),
      );
      yield* until(promise, -1); // settled: the other one is ready now
      hclose(h);
      expect(value).to.equal(5);
    });

    it("in a coroutine that is being canceled already, calls nothing", function* () {
      let calls = 0;
      const h = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            yield* until(() => Promise.resolve((calls += 1)), -1);
          }
        })(),
      );
      hclose(h);
      expect(calls).to.equal(0);
    });
  });

  describe("errors", () => {
    it("EINVAL: neither a promise nor a function, or no deadline", function* () {
      for (const source of [1, null, undefined, {}, "text"]) {
        const error = yield* thrownIn(until(source as never, -1));
        expect(error).to.include({ code: "EINVAL", syscall: "until" });
      }
      expect(yield* codeOf(until(Promise.resolve(), NaN))).to.equal("EINVAL");
    });

    it("EDEADLK of the run: nothing is left that could settle the promise", async () => {
      const { stdout } = await startFixture("untilNever").ended();
      expect(stdout).to.include("EDEADLK").and.to.include("until");
    });
  });

  describe("leaves nothing behind", () => {
    it("but one reaction on a promise that is waited for again and again", function* () {
      let reactions = 0;
      class Counting<T> extends Promise<T> {
        // oxlint-disable-next-line unicorn/no-thenable -- it counts
        override then<A = T, B = never>(
          ...handlers: Parameters<Promise<T>["then"]>
        ): Promise<A | B> {
          reactions += 1;
          return super.then(...handlers) as Promise<A | B>;
        }
      }
      const promise = new Counting(() => {});
      for (let i = 0; i < 100; i++) hclose(go(awaiting(promise)));
      expect(reactions).to.equal(1);
    });
  });

  describe("with Node's own promises", () => {
    let server: Server | undefined;
    afterEach(async () => {
      if (server === undefined) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      server = undefined;
      await closed;
    });

    itOnNode("fetches, and cancellation closes the request", function* () {
      const aborted = new EventEmitter();
      server = createServer((request, response) => {
        if (request.url === "/fast") response.end("fast");
        else request.once("close", () => aborted.emit("closed"));
      });
      server.listen(0, "127.0.0.1");
      yield* until(once(server, "listening"), -1);
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const headers = { connection: "close" };
      const response = yield* until(
        (signal) => fetch(`${url}/fast`, { headers, signal }),
        now() + 4000,
      );
      expect(yield* until(response.text(), -1)).to.equal("fast");
      const closed = once(aborted, "closed");
      const requested = once(server, "request");
      const h = go(
        (function* () {
          yield* until((signal) => fetch(`${url}/slow`, { signal }), -1);
        })(),
      );
      yield* until(requested, -1);
      hclose(h);
      yield* until(closed, -1);
    });

    itOnNode("waits for an event, and leaves no listener when it is cut short", function* () {
      const emitter = new EventEmitter();
      const waiting = (deadline: number) =>
        until((signal) => once(emitter, "tick", { signal }), deadline);
      queueMicrotask(() => emitter.emit("tick", 1));
      expect(yield* waiting(-1)).to.deep.equal([1]);
      expect(yield* codeOf(waiting(now() + 1))).to.equal("ETIMEDOUT");
      expect(getEventListeners(emitter, "tick")).to.have.lengthOf(0);
    });

    itOnNode("reads and writes files, sleeps, and runs a pipeline", function* () {
      const path = joinPath(tempDir(), "file");
      yield* until((signal) => writeFile(path, "text", { signal }), -1);
      expect(yield* until((signal) => readFile(path, { encoding: "utf8", signal }), -1)).to.equal(
        "text",
      );
      expect(yield* until((signal) => sleep(1, "slept", { signal }), -1)).to.equal("slept");
      const [from, to] = [new PassThrough(), new PassThrough()];
      from.write("never ended");
      const piping = until((signal) => pipeline(from, to, { signal }), now() + 1);
      expect(yield* codeOf(piping)).to.equal("ETIMEDOUT");
      expect([from.destroyed, to.destroyed]).to.deep.equal([true, true]);
    });

    itOnNode("ends a sleep of an hour at once", function* () {
      const b = bundle();
      for (let i = 0; i < 10; i++) bundleGo(b, sleeping());
      hclose(b);
    });
  });

  itOnNode("works in an Effection program, where a halt aborts the signal", async () => {
    let aborted: AbortSignal | undefined;
    await effectionRun(function* () {
      expect(yield* until(sleep(1, "slept"), -1)).to.equal("slept");
      const task = yield* spawn(() =>
        until((signal) => {
          aborted = signal;
          return new Promise(() => {});
        }, -1),
      );
      yield* msleep(now() + 1);
      yield* task.halt();
    });
    expect(aborted?.aborted).to.equal(true);
  });

  itOnNode("lets the others run meanwhile", function* () {
    const log: string[] = [];
    const h = go(
      (function* () {
        yield* until(sleep(2), -1);
        log.push("slept");
      })(),
    );
    log.push("went on");
    yield* join(h, -1);
    expect(log).to.deep.equal(["went on", "slept"]);
    hclose(h);
  });
});

function* awaiting(promise: PromiseLike<unknown>): Coroutine {
  yield* until(promise, -1);
}

function* sleeping(): Coroutine {
  yield* until((signal) => sleep(3_600_000, undefined, { signal }), -1);
}
