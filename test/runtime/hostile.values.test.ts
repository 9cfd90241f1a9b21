// Values, generators and promises that nobody expects.
import { expect } from "chai";
import { describe } from "mocha";
import {
  brecvl,
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
  ipcPair,
  isErrno,
  join,
  msleep,
  now,
  type Operation,
  run,
  until,
} from "libdill-ts";
import { nameOf } from "../support/cutShort.js";
import { codeOrNone, rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { it } from "../support/it.js";

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

function* thrownIn2(operation: Operation<unknown>): Coroutine<unknown> {
  try {
    yield* operation;
    return undefined;
  } catch (error) {
    return error;
  }
}

function* fail(error: unknown): Coroutine<never> {
  throw error;
}
