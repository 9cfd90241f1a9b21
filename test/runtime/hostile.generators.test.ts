// Generators and promises that nobody expects.
import { expect } from "chai";
import { describe } from "mocha";
import {
  brecvl,
  chmake,
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
import { fail } from "../support/failing.js";
import { itBoth as it } from "../support/it.js";

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
