import { expect } from "chai";
import { type Effect, run as runEffection } from "effection";
import {
  bundle,
  type Channel,
  chdone,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
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

describe("chrecv", () => {
  // Unless its turn is over.
  itOnNode(
    "takes the message of a sender that waits already, without waiting itself",
    function* () {
      const [a, b] = chmake<number>();
      const log: string[] = [];
      const sender = go(
        (function* () {
          yield* chsend(a, 444, -1);
          log.push("sent");
        })(),
      );
      log.push(`received ${yield* chrecv(b, 0)}`);
      yield* join(sender, -1);
      expect(log).to.deep.equal(["received 444", "sent"]);
    },
  );

  it("waits until somebody sends", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(receive(b));
    expect(yield* codeOf(join(receiver, 0))).to.equal("ETIMEDOUT");
    yield* chsend(a, 333, -1);
    expect(yield* join(receiver, -1)).to.equal(333);
  });

  it("serves the sender that has waited longest", function* () {
    const [a, b] = chmake<number>();
    const senders = [888, 999, 111].map((message) => go(send(a, message)));
    expect(yield* chrecv(b, -1)).to.equal(888);
    yield;
    expect(yield* chrecv(b, -1)).to.equal(999);
    expect(yield* chrecv(b, -1)).to.equal(111);
    for (const sender of senders) yield* join(sender, -1);
  });

  it("keeps the two directions apart", function* () {
    const [a, b] = chmake<string, number>();
    const senders = [go(send(a, "to b")), go(send(b, 17))];
    expect(yield* chrecv(a, 0)).to.equal(17);
    expect(yield* chrecv(b, 0)).to.equal("to b");
    for (const sender of senders) yield* join(sender, -1);
  });

  it("does nothing until it is run", function* () {
    const [a, b] = chmake<number>();
    const operation = chrecv(b, -1);
    expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    const sender = go(send(a, 2));
    expect(yield* operation).to.equal(2);
    yield* join(sender, -1);
  });

  it("receives anew each time the same operation is run", function* () {
    const [a, b] = chmake<number>();
    const operation = chrecv(b, -1);
    const senders = [1, 2, 3].map((message) => go(send(a, message)));
    const received = [yield* operation, yield* operation, yield* operation];
    expect(received).to.deep.equal([1, 2, 3]);
    for (const sender of senders) yield* join(sender, -1);
  });

  it("lets one operation be run by several coroutines at the same time", function* () {
    const [a, b] = chmake<number>();
    const operation = chrecv(b, -1);
    const receiver = function* (): Coroutine<number> {
      return yield* operation;
    };
    const receivers = [go(receiver()), go(receiver())];
    yield* chsend(a, 1, 0);
    yield* chsend(a, 2, 0);
    expect(yield* join(receivers[0] as (typeof receivers)[0], -1)).to.equal(1);
    expect(yield* join(receivers[1] as (typeof receivers)[0], -1)).to.equal(2);
  });

  it("takes an owned handle", function* () {
    const [a, b] = chmake<number>();
    const sender = go(send(a, 7));
    expect(yield* chrecv(owned(b), 0)).to.equal(7);
    yield* join(sender, -1);
  });

  // A timer of Node's comes in between.
  itOnNode("lets timers and other coroutines run, however many messages are ready", function* () {
    const [a, b] = chmake<number>();
    const turn = { isOver: false };
    setImmediate(() => (turn.isOver = true));
    const sender = go(
      (function* () {
        for (let i = 0; !turn.isOver; i++) yield* chsend(a, i, -1);
        chdone(a);
      })(),
    );
    let count = 0;
    try {
      while (true) expect(yield* chrecv(b, -1)).to.equal(count++);
    } catch (e) {
      if (!isErrno(e, "EPIPE")) throw e;
    }
    yield* join(sender, -1);
    expect(count).to.be.above(0);
  });

  it("receives from a callback's coroutine, started outside every other", async () => {
    const [a, b] = chmake<string>();
    const receiving = run(receive(b));
    const sending = new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        run(send(a, "from a callback")).then(resolve, reject);
      });
    });
    expect(await receiving).to.equal("from a callback");
    await sending;
    hclose(a);
    hclose(b);
  });

  describe("deadline", () => {
    it("0 fails at once if nobody waits, and lets nobody run", function* () {
      const [a, b] = chmake<number>();
      const sender = go(
        (function* () {
          yield;
          yield* chsend(a, 1, -1);
        })(),
      );
      expect(yield* codeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
      yield;
      expect(yield* chrecv(b, 0)).to.equal(1);
      yield* join(sender, -1);
    });

    it("in the past is as 0", function* () {
      const [, b] = chmake<number>();
      expect(yield* codeOf(chrecv(b, 1))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(chrecv(b, now() - 1))).to.equal("ETIMEDOUT");
    });

    it("does not matter when a sender waits already", function* () {
      const [a, b] = chmake<number>();
      for (const deadline of [0, 1, now() - 1000, -1, Infinity]) {
        const sender = go(send(a, deadline));
        expect(yield* chrecv(b, deadline)).to.equal(deadline);
        yield* join(sender, -1);
      }
    });

    it("throws ETIMEDOUT when it hits, never early", function* () {
      const [, b] = chmake<number>();
      const deadline = now() + 20;
      const error = yield* failureOf(chrecv(b, deadline));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "chrecv" });
      expect(now()).to.be.at.least(deadline);
    });

    it("hits equal deadlines in the order in which they were set", function* () {
      const [, b] = chmake<number>();
      const log: number[] = [];
      const deadline = now() + 5;
      const receivers = [1, 2, 3].map((n) =>
        go(
          (function* () {
            yield* failureOf(chrecv(b, deadline));
            log.push(n);
          })(),
        ),
      );
      for (const receiver of receivers) yield* join(receiver, -1);
      expect(log).to.deep.equal([1, 2, 3]);
    });

    it("is disarmed when a message comes", function* () {
      const [a, b] = chmake<number>();
      const sender = go(
        (function* () {
          yield;
          yield* chsend(a, 1, -1);
        })(),
      );
      expect(yield* chrecv(b, now() + 3_600_000)).to.equal(1);
      yield* join(sender, -1);
    });

    it("is EINVAL for NaN and other negative numbers", function* () {
      const [, b] = chmake<number>();
      for (const deadline of [Number.NaN, -2, -0.5, -Infinity]) {
        expect(yield* codeOf(chrecv(b, deadline))).to.equal("EINVAL");
      }
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED where the coroutine waits, and from then on at once", function* () {
      const [, b] = chmake<number>();
      const codes: string[] = [];
      const receiver = go(
        (function* () {
          codes.push(yield* codeOf(chrecv(b, -1)), yield* codeOf(chrecv(b, -1)));
        })(),
      );
      hclose(receiver);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
    });

    it("comes after a message that is on its way: none is lost", function* () {
      const [a, b] = chmake<string>();
      const log: string[] = [];
      const receiver = go(
        (function* () {
          log.push(yield* chrecv(b, -1));
          log.push(yield* codeOf(chrecv(b, -1)));
        })(),
      );
      yield* chsend(a, "a message", 0);
      hclose(receiver);
      expect(log).to.deep.equal(["a message", "ECANCELED"]);
    });

    it("goes before every other error, and before a waiting sender", function* () {
      const [a, b] = chmake<number>();
      const sender = go(send(a, 1));
      const codes: string[] = [];
      const receiver = go(
        (function* () {
          yield* failureOf(chrecv(a, -1));
          codes.push(yield* codeOf(chrecv(b, -1)));
          codes.push(yield* codeOf(chrecv(b, Number.NaN)));
          codes.push(yield* codeOf(chrecv(-7 as never, -1)));
        })(),
      );
      hclose(receiver);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED", "ECANCELED"]);
      expect(yield* chrecv(b, 0)).to.equal(1);
      yield* join(sender, -1);
    });

    it("is how it fails inside a handle's close", function* () {
      const [, b] = chmake<number>();
      let code = "";
      const h = hmake({
        query: () => undefined,
        close: () => {
          try {
            chrecv(b, 0)[Symbol.iterator]().next();
          } catch (error) {
            if (isErrno(error)) code = error.code;
          }
        },
      });
      hclose(h);
      expect(code).to.equal("ECANCELED");
    });

    it("is what an aborted signal of the run brings", async () => {
      const [a, b] = chmake<number>();
      const stop = new AbortController();
      const receiving = run(codeOf(chrecv(b, -1)), { signal: stop.signal });
      stop.abort();
      expect(await receiving).to.equal("ECANCELED");
      hclose(a);
      hclose(b);
    });
  });

  describe("errors", () => {
    it("EBADF: the handle is not open", function* () {
      const [, b] = chmake<number>();
      hclose(b);
      const error = yield* failureOf(chrecv(b, 0));
      expect(error).to.include({ code: "EBADF", syscall: "chrecv" });
    });

    it("EBADF has the stack of the coroutine, up to the line with the yield*", function* () {
      const [, b] = chmake<number>();
      hclose(b);
      const error = yield* failureOf(askTwice(b));
      expect(error.stack).to.match(/askOnce[\s\S]*askTwice/);
    });

    it("ENOTSUP: the handle is not a channel", function* () {
      const error = yield* failureOf(chrecv(bundle() as unknown as Channel<number>, 0));
      expect(error).to.include({ code: "ENOTSUP", syscall: "chrecv" });
    });

    it("EPIPE: chdone was called on the other end", function* () {
      const [a, b] = chmake<number>();
      chdone(a);
      for (const deadline of [-1, 0, -1]) {
        expect(yield* codeOf(chrecv(b, deadline))).to.equal("EPIPE");
      }
    });

    it("EPIPE: chdone is called on the other end while it waits", function* () {
      const [a, b] = chmake<number>();
      const receivers = [go(codeOf(chrecv(b, -1))), go(codeOf(chrecv(b, -1)))];
      chdone(a);
      for (const receiver of receivers) expect(yield* join(receiver, -1)).to.equal("EPIPE");
    });

    it("EPIPE: both ends are closed while it waits", function* () {
      const [a, b] = chmake<number>();
      const receivers = [go(codeOf(chrecv(b, -1))), go(codeOf(chrecv(a, -1)))];
      hclose(a);
      hclose(b);
      for (const receiver of receivers) expect(yield* join(receiver, -1)).to.equal("EPIPE");
    });

    it("EPIPE: the run that made both ends has ended", async () => {
      let ends: [Channel<number>, Channel<number>] | undefined;
      const making = run(
        (function* () {
          ends = chmake<number>();
          yield* yieldNow();
        })(),
      );
      const [, b] = ends as unknown as [Channel<number>, Channel<number>];
      const receiving = run(codeOf(chrecv(b, -1)));
      await making;
      expect(await receiving).to.equal("EPIPE");
      expect(await run(codeOf(chrecv(b, -1)))).to.equal("EBADF");
    });
  });

  describe("leaves nothing behind", () => {
    it("when its deadline hits", function* () {
      const [a, b] = chmake<number>();
      expect(yield* codeOf(chrecv(b, now() + 1))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    });

    it("when it is canceled between two others", function* () {
      const [a, b] = chmake<number>();
      const [first, second, third] = [go(receive(b)), go(receive(b)), go(receive(b))];
      hclose(second);
      yield* chsend(a, 1, 0);
      yield* chsend(a, 3, 0);
      expect(yield* codeOf(chsend(a, 4, 0))).to.equal("ETIMEDOUT");
      expect(yield* join(first, -1)).to.equal(1);
      expect(yield* join(third, -1)).to.equal(3);
    });

    it("when an Effection program is halted in it", async () => {
      const [a, b] = chmake<number>();
      const task = runEffection(() => chrecv(b, -1));
      await run(
        (function* () {
          yield* yieldNow();
        })(),
      );
      await task.halt();
      expect(await run(codeOf(chsend(a, 1, 0)))).to.equal("ETIMEDOUT");
      hclose(a);
      hclose(b);
    });
  });
});

function* receive<R>(ch: Channel<never, R>): Coroutine<R> {
  return yield* chrecv(ch, -1);
}

function* send<S>(ch: Channel<S, unknown>, message: S): Coroutine {
  yield* chsend(ch, message, -1);
}

function* askTwice(ch: Channel<number>): Generator<Effect<unknown>, number, unknown> {
  return (yield* askOnce(ch)) + (yield* askOnce(ch));
}

function* askOnce(ch: Channel<number>): Generator<Effect<unknown>, number, unknown> {
  return yield* chrecv(ch, 0);
}
