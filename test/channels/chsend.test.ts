import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import {
  bundle,
  type Channel,
  chdone,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  DillError,
  go,
  hclose,
  hmake,
  isErrno,
  join,
  now,
  owned,
  run,
  yieldNow,
} from "libdill-ts";
import { codeOf, failureOf } from "../support/failure.js";
import { it as itOnNode, itBoth as it } from "../support/it.js";
import { isUndisturbed } from "../support/undisturbed.js";

describe("chsend", () => {
  // Unless its turn is over.
  itOnNode("hands the message to a receiver that waits already, and goes on at once", function* () {
    const [a, b] = chmake<number>();
    const log: string[] = [];
    const receiver = go(
      (function* () {
        log.push(`received ${yield* chrecv(b, -1)}`);
      })(),
    );
    yield* chsend(a, 333, 0);
    log.push("sent");
    yield* join(receiver, -1);
    expect(log).to.deep.equal(["sent", "received 333"]);
  });

  it("waits until somebody receives", function* () {
    const [a, b] = chmake<number>();
    const log: string[] = [];
    const sender = go(
      (function* () {
        yield* chsend(a, 444, -1);
        log.push("sent");
      })(),
    );
    yield* yieldNow();
    log.push("nobody has received");
    expect(yield* chrecv(b, -1)).to.equal(444);
    yield* join(sender, -1);
    expect(log).to.deep.equal(["nobody has received", "sent"]);
  });

  it("serves the receiver that has waited longest", function* () {
    const [a, b] = chmake<number>();
    const receivers = [go(receive(b)), go(receive(b)), go(receive(b))];
    for (const message of [1, 2, 3]) yield* chsend(a, message, 0);
    const received: number[] = [];
    for (const receiver of receivers) received.push(yield* join(receiver, -1));
    expect(received).to.deep.equal([1, 2, 3]);
  });

  it("hands over any value as it is", function* () {
    const [a, b] = chmake<unknown>();
    const promise = Promise.resolve(1);
    const values = [undefined, null, Number.NaN, 0, "", {}, [], () => {}, promise, function* () {}];
    for (const value of values) {
      const receiver = go(receive(b));
      yield* chsend(a, value, 0);
      expect(yield* join(receiver, -1)).to.satisfy((got: unknown) => Object.is(got, value));
    }
  });

  it("sends from either end", function* () {
    const [a, b] = chmake<string, number>();
    const ponger = go(
      (function* () {
        const message = yield* chrecv(b, -1);
        yield* chsend(b, message.length, -1);
      })(),
    );
    yield* chsend(a, "ping", -1);
    expect(yield* chrecv(a, -1)).to.equal(4);
    yield* join(ponger, -1);
  });

  it("is never received at its own end", function* () {
    const [a] = chmake<number>();
    const receiver = go(receive(a));
    expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    hclose(receiver);
  });

  it("does nothing until it is run", function* () {
    const [a, b] = chmake<number>();
    const operation = chsend(a, 1, -1);
    expect(yield* codeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
    const receiver = go(receive(b));
    yield* operation;
    expect(yield* join(receiver, -1)).to.equal(1);
  });

  it("sends anew each time the same operation is run", function* () {
    const [a, b] = chmake<string>();
    const operation = chsend(a, "again", -1);
    const both = [go(once(operation)), go(once(operation))];
    expect(yield* chrecv(b, 0)).to.equal("again");
    expect(yield* chrecv(b, 0)).to.equal("again");
    expect(yield* codeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
    for (const sender of both) yield* join(sender, -1);
  });

  it("takes an owned handle", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(receive(b));
    yield* chsend(owned(a), 7, 0);
    expect(yield* join(receiver, -1)).to.equal(7);
  });

  it("reaches a coroutine of another run", async () => {
    const [a, b] = chmake<number>();
    const receiving = run(receive(b));
    await run(once(chsend(a, 5, -1)));
    expect(await receiving).to.equal(5);
    hclose(a);
    hclose(b);
  });

  it("runs inside an Effection program", async () => {
    const [a, b] = chmake<number>();
    const received = await runEffection(function* () {
      const task = yield* spawn(function* () {
        return [yield* chrecv(b, -1), yield* chrecv(b, -1)];
      });
      yield* chsend(a, 1, -1);
      yield* chsend(a, 2, -1);
      return yield* task;
    });
    expect(received).to.deep.equal([1, 2]);
    hclose(a);
    hclose(b);
  });

  it("joins a coroutine and an Effection program", async () => {
    const [a, b] = chmake<string>();
    const receiving = run(receive(b));
    await runEffection(() => chsend(a, "hello", -1));
    expect(await receiving).to.equal("hello");
    hclose(a);
    hclose(b);
  });

  describe("deadline", () => {
    it("0 fails at once if nobody waits, and lets nobody run", function* () {
      const [a] = chmake<number>();
      const isTrue = yield* isUndisturbed(function* () {
        expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
      });
      expect(isTrue).to.equal(true);
    });

    it("in the past is as 0", function* () {
      const [a] = chmake<number>();
      for (const past of [1, now() - 1000]) {
        expect(yield* codeOf(chsend(a, 1, past))).to.equal("ETIMEDOUT");
      }
    });

    it("does not matter when a receiver waits already", function* () {
      const [a, b] = chmake<number>();
      for (const deadline of [0, 1, now() - 1000, -1, Infinity]) {
        const receiver = go(receive(b));
        yield* chsend(a, deadline, deadline);
        expect(yield* join(receiver, -1)).to.equal(deadline);
      }
    });

    it("throws ETIMEDOUT when it hits, never early", function* () {
      const [a] = chmake<number>();
      const deadline = now() + 20;
      expect(yield* codeOf(chsend(a, 1, deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
    });

    it("is disarmed when the message is received", function* () {
      const [a, b] = chmake<number>();
      const sender = go(once(chsend(a, 1, now() + 3_600_000)));
      expect(yield* chrecv(b, -1)).to.equal(1);
      yield* join(sender, -1);
    });

    it("-1 and Infinity are none", function* () {
      const [a, b] = chmake<number>();
      const senders = [go(once(chsend(a, 1, -1))), go(once(chsend(a, 2, Infinity)))];
      yield* yieldNow();
      expect([yield* chrecv(b, 0), yield* chrecv(b, 0)]).to.deep.equal([1, 2]);
      for (const sender of senders) yield* join(sender, -1);
    });

    it("is EINVAL for NaN and other negative numbers", function* () {
      const [a, b] = chmake<number>();
      const receiver = go(receive(b));
      for (const deadline of [Number.NaN, -2, -0.5, -Infinity]) {
        expect(yield* codeOf(chsend(a, 1, deadline))).to.equal("EINVAL");
      }
      expect(yield* codeOf(chsend(a, 1, "soon" as unknown as number))).to.equal("EINVAL");
      hclose(receiver);
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED where the coroutine waits, and from then on at once", function* () {
      const [a] = chmake<number>();
      const codes: string[] = [];
      const sender = go(
        (function* () {
          codes.push(yield* codeOf(chsend(a, 1, -1)));
          codes.push(yield* codeOf(chsend(a, 2, -1)));
          codes.push(yield* codeOf(chsend(a, 3, 0)));
        })(),
      );
      hclose(sender);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED", "ECANCELED"]);
    });

    it("comes after the success of a message that has been received", function* () {
      const [a, b] = chmake<number>();
      const log: string[] = [];
      const sender = go(
        (function* () {
          yield* chsend(a, 1, -1);
          log.push("sent");
          log.push(yield* codeOf(chsend(a, 2, -1)));
        })(),
      );
      expect(yield* chrecv(b, -1)).to.equal(1);
      hclose(sender);
      expect(log).to.deep.equal(["sent", "ECANCELED"]);
    });

    it("goes before every other error, and before a waiting receiver", function* () {
      const [a, b] = chmake<number>();
      const receiver = go(receive(b));
      const codes: string[] = [];
      const sender = go(
        (function* () {
          yield* failureOf(chsend(b, 0, -1));
          codes.push(yield* codeOf(chsend(a, 1, -1)));
          codes.push(yield* codeOf(chsend(a, 1, Number.NaN)));
          codes.push(yield* codeOf(chsend(-7 as never, 1, -1)));
        })(),
      );
      hclose(sender);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED", "ECANCELED"]);
      yield* chsend(a, 9, 0);
      expect(yield* join(receiver, -1)).to.equal(9);
    });

    it("is how it fails inside a handle's close", function* () {
      const [a, b] = chmake<number>();
      const receiver = go(receive(b));
      let code = "";
      const h = hmake({
        query: () => undefined,
        close: () => {
          try {
            chsend(a, 1, 0)[Symbol.iterator]().next();
          } catch (error) {
            if (isErrno(error)) code = error.code;
          }
        },
      });
      hclose(h);
      expect(code).to.equal("ECANCELED");
      hclose(receiver);
    });
  });

  describe("errors", () => {
    it("EBADF: the handle is not open", function* () {
      const [a] = chmake<number>();
      hclose(a);
      const error = yield* failureOf(chsend(a, 1, 0));
      expect(error).to.include({ code: "EBADF", syscall: "chsend" });
      expect(error.message).to.equal(`EBADF: handle ${a} is not open, chsend`);
    });

    it("EBADF: the handle is no number", function* () {
      for (const wrong of [undefined, null, "1", {}, Number.NaN, -2, 0.5, 1e300]) {
        expect(yield* codeOf(chsend(wrong as never, 1, 0))).to.equal("EBADF");
      }
    });

    it("ENOTSUP: the handle is not a channel", function* () {
      const notChannel = bundle() as unknown as Channel<number>;
      const error = yield* failureOf(chsend(notChannel, 1, 0));
      expect(error).to.include({ code: "ENOTSUP", syscall: "chsend" });
      expect(error.message).to.equal(
        `ENOTSUP: handle ${notChannel} is a bundle, not a channel, chsend`,
      );
    });

    it("EPIPE: chdone was called on this end", function* () {
      const [a] = chmake<number>();
      chdone(a);
      expect(yield* codeOf(chsend(a, 1, 0))).to.equal("EPIPE");
      expect(yield* codeOf(chsend(a, 1, -1))).to.equal("EPIPE");
    });

    it("EPIPE: chdone is called on this end while it waits", function* () {
      const [a, b] = chmake<number>();
      const senders = [go(codeOf(chsend(a, 1, -1))), go(codeOf(chsend(a, 2, -1)))];
      chdone(a);
      for (const sender of senders) expect(yield* join(sender, -1)).to.equal("EPIPE");
      expect(yield* codeOf(chrecv(b, 0))).to.equal("EPIPE");
    });

    it("EPIPE: both ends are closed while it waits", function* () {
      const [a, b] = chmake<number>();
      const senders = [go(codeOf(chsend(a, 1, -1))), go(codeOf(chsend(b, 2, -1)))];
      hclose(a);
      hclose(b);
      for (const sender of senders) expect(yield* join(sender, -1)).to.equal("EPIPE");
    });

    it("EPIPE reaches an Effection program as a native error", async () => {
      const [a, b] = chmake<number>();
      const failing = runEffection(function* () {
        try {
          yield* chsend(a, 1, -1);
        } catch (error) {
          return error;
        }
        return undefined;
      });
      await run(once(yieldNow()));
      chdone(a);
      const error = await failing;
      expect(error).to.be.instanceOf(DillError).and.to.include({ code: "EPIPE" });
      hclose(a);
      hclose(b);
    });
  });

  describe("leaves nothing behind", () => {
    it("when its deadline hits", function* () {
      const [a, b] = chmake<number>();
      expect(yield* codeOf(chsend(a, 1, now() + 1))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
    });

    it("when it is canceled between two others", function* () {
      const [a, b] = chmake<number>();
      const senders = [1, 2, 3].map((message) => go(once(chsend(a, message, -1))));
      hclose(senders[1] as (typeof senders)[0]);
      expect(yield* chrecv(b, 0)).to.equal(1);
      expect(yield* chrecv(b, 0)).to.equal(3);
      expect(yield* codeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
    });

    it("when an Effection program is halted in it", async () => {
      const [a, b] = chmake<number>();
      const task = runEffection(() => chsend(a, 1, -1));
      await run(once(yieldNow()));
      await task.halt();
      expect(await run(codeOf(chrecv(b, 0)))).to.equal("ETIMEDOUT");
      hclose(a);
      hclose(b);
    });
  });
});

function* receive<R>(ch: Channel<never, R>): Coroutine<R> {
  return yield* chrecv(ch, -1);
}

function* once(operation: ReturnType<typeof chsend>): Coroutine {
  yield* operation;
}
