// What programs rely on, sentence by sentence, across the rooms.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { expect } from "chai";
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
  go,
  hclose,
  hmake,
  ipcAccept,
  ipcClose,
  ipcConnect,
  ipcListen,
  ipcPair,
  isErrno,
  join,
  msleep,
  now,
  type Operation,
  owned,
  run,
  scope,
  withDeadline,
} from "libdill-ts";
import { rejectionOf, thrownBy } from "./support/failure.js";
import { it } from "./support/it.js";

describe("cancellation", () => {
  it("gives a coroutine the result it already has, and only then ECANCELED", function* () {
    const [a, b] = chmake<number>();
    const log: unknown[] = [];
    const h = go(
      (function* (): Coroutine {
        log.push(yield* chrecv(b, -1), yield* codeOf(msleep(-1)));
      })(),
    );
    yield* chsend(a, 1, -1);
    hclose(h);
    expect(log).to.deep.equal([1, "ECANCELED"]);
    hclose(a);
    hclose(b);
  });

  it("is not lost in a helper that has a finally block of its own", function* () {
    const log: string[] = [];
    function* helper(): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        log.push(`in finally: ${yield* codeOf(msleep(now() + 1))}`);
      }
    }
    hclose(
      go(
        (function* (): Coroutine {
          log.push(yield* codeOf(helper()));
        })(),
      ),
    );
    expect(log).to.deep.equal(["in finally: ECANCELED", "ECANCELED"]);
  });

  it("lets a farewell out that fits the kernel's buffer", function* () {
    const [a, b] = yield* ipcPair();
    const h = go(
      (function* (): Coroutine {
        try {
          yield* brecv(a, 1, -1);
        } finally {
          yield* bsend(a, Buffer.from("bye"), -1);
          hclose(a);
        }
      })(),
    );
    hclose(h);
    expect((yield* brecv(b, 3, -1)).toString()).to.equal("bye");
    hclose(b);
  });

  it("ends a coroutine that refuses it through its finally blocks, as an error", function* () {
    let finals = 0;
    function* stubborn(op: () => Operation<unknown> | undefined): Coroutine {
      try {
        while (true) {
          try {
            const operation = op();
            if (operation === undefined) yield;
            else yield* operation;
          } catch {}
        }
      } finally {
        finals += 1;
      }
    }
    for (const op of [() => msleep(-1), () => undefined]) {
      const h = go(stubborn(op));
      expect(thrownBy(() => hclose(h))).to.have.property("code", "EDEADLK");
    }
    expect(finals).to.equal(2);
    yield;
  });

  it("of a bundle from inside is EDEADLK and changes nothing", function* () {
    const b = bundle();
    const codes: string[] = [];
    const tryClose = (): void => {
      codes.push(codeFrom(thrownBy(() => hclose(b))));
    };
    bundleGo(
      b,
      (function* (): Coroutine {
        tryClose();
        hclose(
          go(
            (function* (): Coroutine {
              tryClose();
              yield;
            })(),
          ),
        );
        yield* scope(function* () {
          yield;
          tryClose();
        });
        yield* withDeadline(-1, function* () {
          yield;
          tryClose();
        });
      })(),
    );
    yield* bundleWait(b, -1);
    expect(codes).to.deep.equal(["EDEADLK", "EDEADLK", "EDEADLK", "EDEADLK"]);
    hclose(b);
  });

  it("by a signal that a coroutine of the run aborts itself ends the run in order", async () => {
    const controller = new AbortController();
    const log: string[] = [];
    const ended = run(
      (function* (): Coroutine {
        const b = bundle();
        bundleGo(
          b,
          (function* (): Coroutine {
            controller.abort();
            log.push("goes on");
            log.push(yield* codeOf(msleep(-1)));
          })(),
        );
        log.push(yield* codeOf(msleep(-1)));
      })(),
      { signal: controller.signal },
    );
    await ended;
    expect(log).to.deep.equal(["goes on", "ECANCELED", "ECANCELED"]);
  });
});

describe("the end of a run", () => {
  it("cancels what still runs, then closes what is still open, newest first", async () => {
    const log: unknown[] = [];
    const note = (what: unknown): void => void log.push(what);
    await run(
      (function* (): Coroutine {
        for (const i of [1, 2, 3]) hmake({ query: () => undefined, close: () => note(i) });
        go(
          (function* (): Coroutine {
            try {
              yield* msleep(-1);
            } finally {
              note("coroutine");
            }
          })(),
        );
        yield;
      })(),
    );
    expect(log).to.deep.equal(["coroutine", 3, 2, 1]);
  });

  it("rejects with an error that nobody has asked for", async () => {
    const failing = run(
      (function* (): Coroutine {
        go(fail("unasked"));
        yield;
      })(),
    );
    expect(await rejectionOf(failing)).to.have.property("message", "unasked");
  });
});

describe("a failing coroutine", () => {
  it("cancels its siblings, and bundleWait throws all errors as one", function* () {
    const b = bundle();
    bundleGo(
      b,
      (function* (): Coroutine {
        try {
          yield* msleep(-1);
        } catch {
          throw new Error("second");
        }
      })(),
    );
    bundleGo(b, fail("first"));
    const error = yield* errorFrom(bundleWait(b, -1));
    expect(error).to.be.instanceOf(AggregateError);
    expect((error as AggregateError).errors.map(String)).to.deep.equal([
      "Error: first",
      "Error: second",
    ]);
    hclose(b);
  });

  it("is not reported twice once join has thrown its error", function* () {
    const h = go(fail("once"));
    expect(yield* errorFrom(join(h, -1))).to.have.property("message", "once");
    hclose(h);
  });
});

describe("closing a handle that a coroutine is blocked on", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(joinPath(tmpdir(), "dill-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("wakes ipcAccept, brecv and bundleWait with EBADF", function* () {
    const ls = yield* ipcListen(joinPath(folder, "s"), 1);
    const [a, b] = yield* ipcPair();
    const members = bundle();
    bundleGo(members, sleepForEver());
    const blocked = [
      [ls, ipcAccept(ls, -1)],
      [a, brecv(a, 1, -1)],
      [members, bundleWait(members, -1)],
    ] as const;
    for (const [h, operation] of blocked) {
      const waiting = go(codeOf(operation));
      hclose(h);
      expect(yield* join(waiting, -1)).to.equal("EBADF");
      hclose(waiting);
    }
    hclose(b);
  });
});

describe("a socket", () => {
  it("breaks in one direction after a deadline, and works on in the other", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsend(b, Buffer.from("x"), -1);
    expect(yield* codeOf(brecv(a, 2, now() + 5))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(brecv(a, 1, now() + 5))).to.equal("ECONNRESET");
    yield* bsend(a, Buffer.from("x"), -1);
    expect((yield* brecv(b, 1, -1)).toString()).to.equal("x");
    hclose(a);
    hclose(b);
  });

  it("still gives what a peer sent that is gone, after a send to it has failed", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsend(b, Buffer.from("last words"), -1);
    hclose(b);
    expect(yield* codeOf(bsend(a, Buffer.from("x"), -1))).to.equal("ECONNRESET");
    expect((yield* brecv(a, 10, -1)).toString()).to.equal("last words");
    expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EPIPE");
    hclose(a);
  });

  it("takes one reader at a time: EBUSY for the second", function* () {
    const [a, b] = yield* ipcPair();
    const first = go(codeOf(brecv(a, 1, -1)));
    expect(yield* codeOf(brecv(a, 1, -1))).to.equal("EBUSY");
    yield* bsend(b, Buffer.from("x"), -1);
    expect(yield* join(first, -1)).to.equal("done");
    for (const h of [first, a, b]) hclose(h);
  });

  it("closes in order under its deadline, though the peer floods it", function* () {
    const [a, b] = yield* ipcPair();
    const flood = go(
      (function* (): Coroutine<string> {
        const bytes = Buffer.alloc(1000);
        while (true) {
          const code = yield* codeOf(bsend(b, bytes, -1));
          if (code !== "done") return code;
        }
      })(),
    );
    expect(yield* codeOf(ipcClose(a, now() + 50))).to.equal("ETIMEDOUT");
    expect(yield* join(flood, -1)).to.equal("ECONNRESET");
    hclose(flood);
    hclose(b);
  });
});

describe("a deadlock", () => {
  it("is EDEADLK and names each coroutine with what it waits for", async () => {
    const stuck = run(
      (function* (): Coroutine {
        const [a, b] = chmake<number>();
        const h = go(
          (function* (): Coroutine {
            yield* chrecv(b, -1);
          })(),
        );
        yield* bundleWait(h, -1);
        hclose(a);
      })(),
    );
    const error = await rejectionOf(stuck);
    expect(error).to.have.property("code", "EDEADLK");
    expect(String(error)).to.match(/#0 main {2}bundleWait\(\d+\)/);
    expect(String(error)).to.match(/└─ #1 coroutine \[bundle \d+\] {2}chrecv\(\d+\)/);
  });

  it("is no false alarm while a timer is left that will wake somebody", function* () {
    const [a, b] = chmake<number>();
    setTimeout(() => chdone(a), 1200);
    expect(yield* codeOf(chrecv(b, -1))).to.equal("EPIPE");
    hclose(a);
    hclose(b);
  });
});

describe("handles", () => {
  it("refuse to wait inside a close", function* () {
    const codes: string[] = [];
    const h = hmake({
      query: () => undefined,
      close() {
        const attempts = [
          () => firstStep(msleep(now() + 1)),
          () => go(sleepForEver()),
          () => bundle(),
        ];
        for (const attempt of attempts) codes.push(codeFrom(thrownBy(attempt)));
      },
    });
    hclose(h);
    expect(codes).to.deep.equal(["ECANCELED", "ECANCELED", "ECANCELED"]);
    yield;
  });

  it("close with their block when they are owned, and can be used meanwhile", function* () {
    const [a, b] = chmake<number>();
    const receiving = go(
      (function* (): Coroutine<number> {
        return yield* chrecv(b, -1);
      })(),
    );
    const end = owned(a);
    yield* chsend(end, 3, -1);
    end[Symbol.dispose](); // what `using` does at the end of the block
    expect(yield* join(receiving, -1)).to.equal(3);
    expect(codeFrom(thrownBy(() => hclose(a)))).to.equal("EBADF");
    hclose(receiving);
    hclose(b);
  });
});

describe("choose", () => {
  it("returns a clause's EPIPE as its error, and throws ETIMEDOUT for an empty list", function* () {
    const [a, b] = chmake<number>();
    chdone(a);
    const result = yield* choose([{ op: "recv", ch: b }], -1);
    expect([result.index, result.error?.code]).to.deep.equal([0, "EPIPE"]);
    expect(yield* codeOf(choose([], now() + 5))).to.equal("ETIMEDOUT");
    hclose(a);
    hclose(b);
  });
});

describe("a connect to a file that is none of a listener", () => {
  it("tells what is wrong, with the address and the coroutine's stack", function* () {
    function* dialing(): Coroutine {
      yield* ipcConnect("/nowhere/at.all", -1);
    }
    const error = yield* errorFrom(dialing());
    expect(error).to.include({
      code: "ENOENT",
      syscall: "ipc_connect",
      address: "/nowhere/at.all",
    });
    expect((error as Error).stack).to.match(/dialing/);
  });
});

function* sleepForEver(): Coroutine {
  yield* msleep(-1);
}

function* fail(message: string): Coroutine {
  yield;
  throw new Error(message);
}

/** "done", or the code of what it throws. */
function* codeOf(operation: Operation<unknown> | Coroutine): Coroutine<string> {
  try {
    yield* operation;
    return "done";
  } catch (e) {
    return codeFrom(e);
  }
}

function* errorFrom(operation: Operation<unknown> | Coroutine): Coroutine<unknown> {
  try {
    yield* operation;
    return undefined;
  } catch (e) {
    return e;
  }
}

function firstStep(operation: Operation<unknown>): void {
  const iterator = operation[Symbol.iterator]();
  iterator.next();
}

function codeFrom(error: unknown): string {
  return isErrno(error) ? error.code : String(error);
}
