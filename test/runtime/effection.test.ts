import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { expect } from "chai";
import { type Operation, run as effectionRun, sleep, spawn } from "effection";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  chdone,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  ipcPair,
  isErrno,
  join,
  msleep,
  now,
  run,
  scope,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { codeOf, thrownBy } from "../support/failure.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";
import { startFixture } from "../support/process.js";

function* forever(log: string[], name: string): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    log.push(name);
  }
}

function* valueLater<T>(value: T): Coroutine<T> {
  yield* msleep(now() + 5);
  return value;
}

function* failLater(): Coroutine<never> {
  yield* msleep(now() + 5);
  throw new Error("later");
}

function throwLast(): never {
  throw new Error("last");
}

/** Runs the operation in an Effection task, halts it once it is blocked. */
async function halted(op: Operation<unknown>): Promise<void> {
  await effectionRun(function* () {
    const task = yield* spawn(function* () {
      yield* op;
    });
    yield* sleep(10);
    yield* task.halt();
  });
}

describe("in an Effection program", () => {
  let folder = "";
  let path = "";
  beforeEach(() => {
    folder = mkdtempSync(joinPath(tmpdir(), "dill-effection-"));
    path = joinPath(folder, "s");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("msleep and yieldNow go on, and a bad deadline is EINVAL", async () => {
    await effectionRun(function* () {
      const until = now() + 5;
      yield* msleep(until);
      expect(now()).to.be.at.least(until);
      yield* yieldNow();
      expect(yield* codeOf(msleep(NaN))).to.equal("EINVAL");
    });
  });

  it("chsend, chrecv and choose pass values and errors on", async () => {
    const [a, b] = chmake<string>();
    await effectionRun(function* () {
      const sender = yield* spawn(function* () {
        yield* sleep(5);
        yield* chsend(a, "one", -1);
        yield* chsend(a, "two", -1);
      });
      expect(yield* chrecv(b, -1)).to.equal("one");
      const chosen = yield* choose([{ op: "recv", ch: b }], -1);
      expect(chosen.index).to.equal(0);
      expect(chosen.value).to.equal("two");
      yield* sender;
      expect(yield* codeOf(chrecv(b, now() + 5))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(choose([{ op: "recv", ch: b }], now() + 5))).to.equal("ETIMEDOUT");
      chdone(a);
      expect(yield* codeOf(chrecv(b, -1))).to.equal("EPIPE");
    });
    hclose(a);
    hclose(b);
  });

  it("join and bundleWait give a coroutine's value and error", async () => {
    await effectionRun(function* () {
      const b = bundle();
      expect(yield* join(bundleGo(b, valueLater(42)), -1)).to.equal(42);
      bundleGo(b, valueLater(1));
      expect(yield* codeOf(bundleWait(b, now()))).to.equal("ETIMEDOUT");
      yield* bundleWait(b, -1);
      bundleGo(b, failLater());
      let caught: unknown;
      try {
        yield* bundleWait(b, -1);
      } catch (e) {
        caught = e;
      }
      expect((caught as Error).message).to.equal("later");
      hclose(b);
    });
  });

  it("scope and withDeadline give their block's value and error", async () => {
    await effectionRun(function* () {
      const value = yield* scope(function* (b) {
        return yield* join(bundleGo(b, valueLater("scope")), -1);
      });
      expect(value).to.equal("scope");
      expect(yield* withDeadline(-1, () => valueLater("in time"))).to.equal("in time");
      expect(yield* codeOf(withDeadline(now() + 5, () => forever([], "")))).to.equal("ETIMEDOUT");
      for (const op of [scope(() => failLater()), withDeadline(-1, () => failLater())]) {
        let caught: unknown;
        try {
          yield* op;
        } catch (e) {
          caught = e;
        }
        expect((caught as Error).message).to.equal("later");
      }
    });
  });

  it("sockets work, and fail with their errors", async () => {
    await effectionRun(function* () {
      expect(yield* codeOf(ipcConnect(path, -1))).to.equal("ENOENT");
      const ls = yield* ipcListen(path, 10);
      expect(yield* codeOf(ipcAccept(ls, now() + 5))).to.equal("ETIMEDOUT");
      const accepting = yield* spawn(() => ipcAccept(ls, -1));
      const client = yield* ipcConnect(path, -1);
      const server = yield* accepting;
      yield* bsend(client, Buffer.from("hello"), -1);
      expect((yield* brecv(server, 5, -1)).toString()).to.equal("hello");
      hclose(server);
      expect(yield* codeOf(brecv(client, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      hclose(client);
      hclose(ls);
      const [a, b] = yield* ipcPair();
      hclose(a);
      hclose(b);
    });
  });

  describe("halting", () => {
    it("a blocked chrecv leaves no receiver behind", async () => {
      const [a, b] = chmake<string>();
      await halted(chrecv(b, -1));
      await effectionRun(function* () {
        expect(yield* codeOf(chsend(a, "to nobody", 0))).to.equal("ETIMEDOUT");
      });
      hclose(a);
      hclose(b);
    });

    it("an msleep leaves no deadline behind", async () => {
      await halted(msleep(now() + 60_000));
    });

    it("an ipcAccept leaves the listener to others", async () => {
      await effectionRun(function* () {
        const ls = yield* ipcListen(path, 10);
        const task = yield* spawn(() => ipcAccept(ls, -1));
        yield* sleep(5);
        yield* task.halt();
        hclose(yield* ipcConnect(path, -1));
        hclose(yield* ipcAccept(ls, -1));
        hclose(ls);
      });
    });

    it("a scope cancels its body and its coroutines", async () => {
      const log: string[] = [];
      await halted(
        scope(function* (b) {
          bundleGo(b, forever(log, "child"));
          yield* forever(log, "body");
        }),
      );
      expect(log).to.have.members(["body", "child"]);
    });

    it("a scope rejects with the error of its body's end", async () => {
      let caught: unknown;
      try {
        await halted(
          scope(function* () {
            try {
              yield* msleep(-1);
            } finally {
              throwLast();
            }
          }),
        );
      } catch (e) {
        caught = e;
      }
      expect((caught as Error).message).to.equal("last");
    });

    it("a withDeadline cancels its block", async () => {
      const log: string[] = [];
      await halted(withDeadline(now() + 60_000, () => forever(log, "block")));
      expect(log).to.deep.equal(["block"]);
    });
  });

  it("a program started inside a coroutine runs beside it", function* () {
    const [a, b] = chmake<string>();
    const program = effectionRun(function* () {
      const got = yield* chrecv(b, -1);
      yield* sleep(1);
      yield* msleep(now() + 5);
      return got;
    });
    yield* chsend(a, "from the coroutine", -1);
    const [ended, ending] = chmake<string>();
    // Its promise must be told to a channel; a coroutine can't await it.
    void program.then(() => chdone(ended));
    let caught: unknown;
    try {
      yield* chrecv(ending, -1);
    } catch (e) {
      caught = e;
    }
    expect(isErrno(caught, "EPIPE")).to.be.true;
  });

  // In a simulation every directory exists.
  itOnNode(
    "a program started inside a coroutine gets its own local sockets, and the coroutine sleeps on",
    function* () {
      const outcomes: string[] = [];
      for (const operation of [
        () => ipcListen(path, 10),
        () => ipcListen(`${path}/s`, 10), // no such directory
        () => ipcConnect(path, 0),
        () => ipcPair(),
      ]) {
        void effectionRun(function* () {
          try {
            const opened = yield* operation();
            for (const h of [opened].flat()) hclose(h);
            outcomes.push("opened");
          } catch (e) {
            outcomes.push(isErrno(e) ? e.code : String(e));
          }
        });
        const end = now() + 30;
        yield* msleep(end);
        expect(now()).to.be.at.least(end);
      }
      while (outcomes.length < 4) yield;
      expect(outcomes).to.deep.equal(["opened", "ENOENT", "ENOENT", "opened"]);
    },
  );

  it("coroutines and Effection tasks talk over a channel", async () => {
    const [a, b] = chmake<number>();
    const [sum] = await Promise.all([
      effectionRun(function* () {
        return (yield* chrecv(b, -1)) + (yield* chrecv(b, -1));
      }),
      run(
        (function* () {
          yield* chsend(a, 1, -1);
          yield* chsend(a, 2, -1);
        })(),
      ),
    ]);
    expect(sum).to.equal(3);
    hclose(a);
    hclose(b);
  });
});

describe("outside a coroutine and Effection", () => {
  it("an operation that is stepped by hand gives EINVAL", () => {
    const steps = msleep(now() + 60_000)[Symbol.iterator]();
    expect(thrownBy(() => steps.next())).to.include({ code: "EINVAL" });
    expect(thrownBy(() => steps.next())).to.include({ code: "EINVAL" });
  });

  it("an operation that a generator of nobody's has run gives EINVAL to the process", async () => {
    const { status, stderr } = await startFixture("byHand").ended();
    expect(stderr).to.contain("EINVAL: msleep was run outside a coroutine");
    expect(status).to.equal(1);
  });
});
