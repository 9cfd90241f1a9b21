// What went wrong once, with the smallest inputs: cancellations in the middle of the user's code.
import { expect } from "chai";
import { run as effectionRun, sleep } from "effection";
import { describe } from "mocha";
import {
  type Bundle,
  brecv,
  brecvl,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  ipcDone,
  ipcPair,
  isErrno,
  join,
  msleep,
  now,
  type Operation,
  run,
  scope,
  until,
  withDeadline,
} from "libdill-ts";
import { nameOf } from "../support/cutShort.js";
import { codeOrNone, rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { it } from "../support/it.js";

const never = new Promise<never>(() => {});

function* fail(error: unknown): Coroutine<never> {
  throw error;
}

describe("a coroutine that is canceled while the user's code runs in an operation has ended when hclose returns", () => {
  /** The operation calls the function, and would wait for ever after it. */
  const callers: Readonly<Record<string, (call: () => void) => Operation<unknown>>> = {
    "until's function": (call) => until(() => (call(), never), -1),
    "scope's block": (call) =>
      scope(() => {
        call();
        return sleepForEver();
      }),
    "withDeadline's block": (call) =>
      withDeadline(-1, () => {
        call();
        return sleepForEver();
      }),
    "a thenable's then": (call) => until({ then: call as never }, -1),
    "a getter in a clause": (call) =>
      choose(
        [
          {
            op: "until",
            get promise() {
              call();
              return never;
            },
          },
        ],
        -1,
      ),
    "a thenable in a clause": (call) =>
      choose([{ op: "until", promise: { then: call as never } }], -1),
  };
  for (const [name, caller] of Object.entries(callers)) {
    it(`in ${name}`, function* () {
      const b = bundle();
      let hasEnded = false;
      bundleGo(b, member());
      expect(nameOf(yield* thrownIn(bundleWait(b, now() + 1000)))).to.equal("boom");
      expect(hasEnded).to.equal(true);
      hclose(b);

      function* member(): Coroutine {
        let calls = 0;
        try {
          yield* msleep(now() + 1);
          yield* caller(() => {
            if (calls++ === 0) bundleGo(b, fail(new Error("boom")));
          });
        } finally {
          hasEnded = true;
        }
      }
    });
  }
});

describe("hclose", () => {
  it("ends a canceled member that is still queued, and throws its error", function* () {
    const b = bundle();
    let hasEnded = false;
    const time = now() + 5;
    bundleGo(b, member());
    yield* msleep(time);
    expect(nameOf(thrownBy(() => hclose(b)))).to.be.oneOf(["x", "last", "2 coroutines failed"]);
    expect(hasEnded).to.equal(true);

    function* member(): Coroutine {
      try {
        yield* withDeadline(now() + 5000, function* () {
          yield* msleep(time);
          bundleGo(b, fail(new Error("x")));
          yield* msleep(-1);
        });
      } finally {
        hasEnded = true;
        yield* fail(new Error("last"));
      }
    }
  });
});

describe("a scope", () => {
  it("that is over takes nobody from a callback that comes before its caller", function* () {
    let keep: Bundle | undefined;
    const codes: string[] = [];
    yield* scope(function* (b) {
      keep = b;
      yield* msleep(now() + 1);
      queueMicrotask(() => codes.push(startIn(b)));
      process.nextTick(() => codes.push(startIn(b)));
      setImmediate(() => codes.push(startIn(b)));
    });
    yield* msleep(now() + 2);
    codes.push(startIn(keep as Bundle));
    expect(codes).to.deep.equal(["EBADF", "EBADF", "EBADF", "EBADF"]);

    function startIn(b: Bundle): string {
      return nameOf(thrownBy(() => bundleGo(b, sleepForEver())));
    }
  });
});

describe("errors of byte streams, swallowed for ever, hang nobody", () => {
  const loops: Readonly<Record<string, (s: never) => Operation<unknown>>> = {
    brecv: (s) => brecv(s, 4, -1),
    bsend: (s) => bsend(s, Buffer.from("x"), -1),
    "bsend of a text": (s) => bsend(s, "text" as never, -1),
    ipcDone: (s) => ipcDone(s, -1),
  };
  for (const [name, op] of Object.entries(loops)) {
    it(`${name} on a closed socket`, function* () {
      const [s, t] = yield* ipcPair();
      hclose(s);
      let turns = 0;
      const h = go(swallow());
      for (let i = 0; i < 3; i++) {
        yield* msleep(now() + 1);
        turns++;
      }
      expect(nameOf(thrownBy(() => hclose(h)))).to.equal("EDEADLK");
      expect(turns).to.equal(3);
      hclose(t);

      function* swallow(): Coroutine {
        for (;;) {
          try {
            yield* op(s as never);
          } catch {
            // And on it goes.
          }
        }
      }
    });
  }
});

describe("hostile values end the coroutine that throws or yields them, and nobody else", () => {
  function revoked(): object {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }

  const hostile = (): object =>
    new Proxy(
      {},
      {
        get: () => fail("get").next(),
        has: () => fail("has").next() as never,
        getPrototypeOf: () => fail("proto").next() as never,
      },
    );

  it("a revoked Proxy thrown by the main coroutine rejects the run", async () => {
    const value = revoked();
    const error = await run(fail(value)).then(
      () => "resolved",
      () => "rejected",
    );
    expect(error).to.equal("rejected");
  });

  it("a revoked Proxy thrown by a canceled member leaves its siblings to be ended", function* () {
    const b = bundle();
    let ended = 0;
    bundleGo(b, member(revoked()));
    bundleGo(b, member(hostile()));
    bundleGo(b, member(new Error("plain")));
    thrownBy(() => hclose(b));
    expect(ended).to.equal(3);

    function* member(error: unknown): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        ended++;
        yield* fail(error);
      }
    }
  });

  it("a yielded one is an error in the coroutine that yields it", function* () {
    for (const value of [revoked(), hostile()]) {
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          yield value as never;
        })(),
      );
      let isCaught = false;
      try {
        yield* bundleWait(b, now() + 1000);
      } catch {
        isCaught = true;
      }
      expect(isCaught).to.equal(true);
      hclose(b);
    }
  });

  it("a clause with no real signal is EINVAL, and the clauses before it have left nothing", function* () {
    const [a, z] = chmake<number>();
    const clauses = [
      { op: "recv", ch: z },
      { op: "abort", signal: { aborted: false } },
    ];
    expect(nameOf(yield* thrownIn(choose(clauses as never, -1)))).to.equal("EINVAL");
    expect(yield* codeOrNone(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    hclose(a);
    hclose(z);
  });
});

describe("in an Effection program that a coroutine has started, join", () => {
  it("ends with EBADF when the handle is closed", function* () {
    const h = go(sleepForEver());
    const program = effectionRun(function* () {
      yield* sleep(1);
      try {
        yield* join(h, -1);
        return "none";
      } catch (error) {
        return nameOf(error);
      }
    });
    yield* msleep(now() + 5);
    hclose(h);
    expect(yield* until(program, now() + 1000)).to.be.oneOf(["EBADF", "ECANCELED"]);
  });
});

describe("choose", () => {
  it("answers the first of two clauses with the same event", function* () {
    const controller = new AbortController();
    const { signal } = controller;
    setTimeout(() => controller.abort("why"), 2);
    const clauses = [
      { op: "abort", signal },
      { op: "abort", signal },
    ] as const;
    expect(yield* choose(clauses, -1)).to.include({ index: 0, value: "why" });
    expect(yield* choose(clauses, -1)).to.include({ index: 0 });
    const promise = new Promise((resolve) => void setTimeout(resolve, 2));
    const promises = [{ op: "until", promise } as const, { op: "until", promise } as const];
    expect(yield* choose(promises, -1)).to.include({ index: 0 });
  });

  it("has an error that is not undefined where the reason was undefined", function* () {
    // oxlint-disable-next-line prefer-promise-reject-errors
    const promise = Promise.reject<number>(undefined);
    const result = yield* choose([{ op: "until", promise }], -1);
    expect(result).to.have.own.property("error");
    expect(result.error).to.be.instanceOf(Error);
    const b = bundle();
    const task = bundleGo(b, fail(undefined));
    const joined = yield* choose([{ op: "join", h: task }], -1);
    expect(joined.error).to.be.instanceOf(Error);
    hclose(b);
  });
});

describe("one generator, started twice", () => {
  it("is EINVAL while it waits, resumed by hand or returned, and it goes on", function* () {
    const [a, z] = chmake<string>();
    const got: string[] = [];
    const co = receive();
    const h = go(co);
    expect(nameOf(thrownBy(() => go(co)))).to.equal("EINVAL");
    for (const resume of [() => co.next(), () => co.return(), () => co.throw(new Error("x"))]) {
      try {
        resume();
      } catch {
        // It may throw, but the coroutine goes on.
      }
    }
    yield* chsend(a, "message", now() + 1000);
    yield;
    expect(got).to.deep.equal(["message"]);
    expect(nameOf(thrownBy(() => go(co)))).to.equal("EINVAL");
    for (const x of [h, a, z]) hclose(x);

    function* receive(): Coroutine {
      got.push(yield* chrecv(z, -1));
    }
  });
});

describe("between a test and a wait", () => {
  it("no other coroutine runs, although the turn is over", function* () {
    let lost = 0;
    for (let round = 0; round < 40; round++) {
      const [near, far] = chmake<number>();
      let isReady = false;
      const h = go(wait());
      const notifier = go(notify());
      yield* msleep(now() + 1);
      if (yield* isWaiting()) lost++;
      for (const x of [h, notifier, near, far]) hclose(x);

      function* wait(): Coroutine {
        const end = now() + 11;
        while (now() < end);
        yield* msleep(0);
        if (!isReady) yield* chrecv(far, -1);
        isReady = true;
      }

      function* notify(): Coroutine {
        isReady = true;
        yield* codeOrNone(chsend(near, 1, 0));
      }

      function* isWaiting(): Coroutine<boolean> {
        return isErrno(yield* thrownIn2(join(h, now() + 50)), "ETIMEDOUT");
      }
    }
    expect(lost).to.equal(0);
  });

  it("brecvl takes a hole in its list for EINVAL", function* () {
    const [s, t] = yield* ipcPair();
    // oxlint-disable-next-line no-sparse-arrays
    expect(nameOf(yield* thrownIn(brecvl(s, [, 10] as never, 0)))).to.equal("EINVAL");
    hclose(s);
    hclose(t);
  });

  it("a rejected promise in a loop of untils ends nothing", function* () {
    for (let i = 0; i < 3000; i++) {
      const error = yield* thrownIn(until(Promise.reject(new Error(String(i))), -1));
      expect(nameOf(error)).to.equal(String(i));
    }
    const h = go(rejectAtEnd());
    hclose(h);
    yield* msleep(now() + 2);

    function* rejectAtEnd(): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        yield* codeOrNone(until(Promise.reject(new Error("nobody hears of it")), -1));
      }
    }
  });
});

describe("run", () => {
  it("awaits a promise that its main coroutine returns", async () => {
    const promise = Promise.resolve(5);
    expect(
      await run(
        (function* () {
          return promise;
        })(),
      ),
    ).to.equal(5);
  });

  it("that fails early is heard of at the end of its `await using` block", async () => {
    const running = run(fail(new Error("early")));
    const dispose = running[Symbol.asyncDispose].bind(running);
    await new Promise((resolve) => void setTimeout(resolve, 2));
    expect(nameOf(await rejectionOf(dispose()))).to.equal("early");
  });
});

function* sleepForEver(): Coroutine {
  yield* msleep(-1);
}

function* thrownIn2(operation: Operation<unknown>): Coroutine<unknown> {
  try {
    yield* operation;
    return undefined;
  } catch (error) {
    return error;
  }
}
