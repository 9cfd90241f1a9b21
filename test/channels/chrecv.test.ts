import { expect } from "chai";
import { run as runEffection, sleep, spawn } from "effection";
import {
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chdone,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  hmake,
  join,
  msleep,
  now,
  run,
} from "libdill-ts";
import { failureOf, outcomeOf } from "../support/failure.js";
import { it } from "../support/it.js";

function close(...handles: Parameters<typeof hclose>[0][]): void {
  for (const h of handles) hclose(h);
}

function* send(ch: Channel<number>, ...messages: number[]): Coroutine {
  for (const message of messages) yield* chsend(ch, message, -1);
}

function* receive(ch: Channel<number>): Coroutine<number> {
  return yield* chrecv(ch, -1);
}

describe("chrecv", () => {
  it("waits until somebody sends", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(receive(b));
    expect(yield* outcomeOf(join(receiver, 0))).to.equal("ETIMEDOUT");
    yield* chsend(a, 333, -1);
    expect(yield* join(receiver, -1)).to.equal(333);
    close(receiver, a, b);
  });

  it("takes the message of a sender who waits already", function* () {
    const [a, b] = chmake<number>();
    const sender = go(send(a, 444));
    expect(yield* chrecv(b, -1)).to.equal(444);
    close(sender, a, b);
  });

  it("serves waiting senders first come, first served", function* () {
    const [a, b] = chmake<number>();
    const senders = [888, 999, 111].map((n) => go(send(a, n)));
    expect(yield* chrecv(b, -1)).to.equal(888);
    yield;
    expect(yield* chrecv(b, -1)).to.equal(999);
    expect(yield* chrecv(b, -1)).to.equal(111);
    close(...senders, a, b);
  });

  it("carries what sleeping coroutines send in the order of their waking", function* () {
    const [a, b] = chmake<number>();
    const senders = bundle();
    const start = now();
    for (const n of [30, 40, 10, 20]) {
      bundleGo(
        senders,
        (function* (): Coroutine {
          yield* msleep(start + n);
          yield* chsend(a, n, -1);
        })(),
      );
    }
    const got: number[] = [];
    for (let i = 0; i < 4; i++) got.push(yield* chrecv(b, -1));
    expect(got).to.deep.equal([10, 20, 30, 40]);
    yield* bundleWait(senders, -1);
    close(senders, a, b);
  });

  it("receives anew each time the same operation is run", function* () {
    const [a, b] = chmake<number>();
    const operation = chrecv(b, -1);
    const sender = go(send(a, 1, 2, 3));
    const got = [yield* operation, yield* operation, yield* operation];
    expect(got).to.deep.equal([1, 2, 3]);
    close(sender, a, b);
  });

  it("does nothing until the yield*", function* () {
    const [a, b] = chmake<number>();
    const sender = go(send(a, 1));
    const operation = chrecv(b, -1);
    expect(yield* outcomeOf(join(sender, 0))).to.equal("ETIMEDOUT");
    expect(yield* operation).to.equal(1);
    close(sender, a, b);
  });

  it("stays blocked when only the other end is closed", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(outcomeOf(chrecv(b, -1)));
    hclose(a);
    yield;
    expect(yield* outcomeOf(join(receiver, 0))).to.equal("ETIMEDOUT");
    hclose(b);
    expect(yield* join(receiver, -1)).to.equal("EPIPE");
    hclose(receiver);
  });

  it("stays blocked when only its own end is closed, and a send still completes it", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(receive(b));
    hclose(b);
    yield;
    expect(yield* outcomeOf(join(receiver, 0))).to.equal("ETIMEDOUT");
    yield* chsend(a, 12, -1);
    expect(yield* join(receiver, -1)).to.equal(12);
    close(receiver, a);
  });

  it("lets others run while senders are always there", function* () {
    const [a, b] = chmake<number>();
    const isOver = { yes: false };
    const sender = go(
      (function* (): Coroutine {
        while (true) yield* chsend(a, 1, -1);
      })(),
    );
    setTimeout(() => (isOver.yes = true), 1);
    while (!isOver.yes) yield* chrecv(b, -1);
    close(sender, a, b);
  });

  it("runs inside an Effection program, on both sides", async () => {
    const [a, b] = chmake<number>();
    const got = await runEffection(function* () {
      const receiver = yield* spawn(function* () {
        return [yield* chrecv(b, -1), yield* chrecv(b, -1)];
      });
      yield* chsend(a, 1, -1);
      yield* sleep(1);
      yield* chsend(a, 2, -1);
      return yield* receiver;
    });
    expect(got).to.deep.equal([1, 2]);
    close(a, b);
  });

  it("keeps its deadline inside an Effection program", async () => {
    const [a, b] = chmake<number>();
    const deadline = now() + 10;
    const code = await runEffection(function* () {
      try {
        yield* chrecv(b, deadline);
        return "";
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    });
    expect(code).to.equal("ETIMEDOUT");
    expect(now()).to.be.at.least(deadline);
    close(a, b);
  });

  it("takes nothing when Effection halts the task", async () => {
    const [a, b] = chmake<number>();
    const task = runEffection(() => chrecv(b, -1));
    await task.halt();
    expect(await run(outcomeOf(chsend(a, 1, 0)))).to.equal("ETIMEDOUT");
    close(a, b);
    await task.catch(() => {}); // a halted task rejects
  });

  describe("deadline", () => {
    it("0 does not wait: ETIMEDOUT without a sender", function* () {
      const [a, b] = chmake<number>();
      expect(yield* outcomeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
      close(a, b);
    });

    it("0 and one in the past take a message that is there", function* () {
      const [a, b] = chmake<number>();
      const sender = go(send(a, 1, 2));
      expect(yield* chrecv(b, 0)).to.equal(1);
      yield;
      expect(yield* chrecv(b, now() - 1000)).to.equal(2);
      close(sender, a, b);
    });

    it("throws ETIMEDOUT when it hits, not early", function* () {
      const [a, b] = chmake<number>();
      const deadline = now() + 50;
      expect(yield* outcomeOf(chrecv(b, deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
      close(a, b);
    });

    it("does not hit when a message came before it", function* () {
      const [a, b] = chmake<number>();
      const sender = go(
        (function* (): Coroutine {
          yield* msleep(now() + 5);
          yield* chsend(a, 1, -1);
        })(),
      );
      expect(yield* chrecv(b, now() + 4000)).to.equal(1);
      close(sender, a, b);
    });

    it("hits receivers in the order of their deadlines", function* () {
      const [a, b] = chmake<number>();
      const order: number[] = [];
      const receivers = bundle();
      const start = now();
      for (const n of [15, 5, 10]) {
        bundleGo(
          receivers,
          (function* (): Coroutine {
            expect(yield* outcomeOf(chrecv(b, start + n))).to.equal("ETIMEDOUT");
            order.push(n);
          })(),
        );
      }
      yield* bundleWait(receivers, -1);
      expect(order).to.deep.equal([5, 10, 15]);
      close(receivers, a, b);
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED from a blocked receive, and from the next", function* () {
      const [a, b] = chmake<number>();
      const codes: string[] = [];
      const receiver = go(
        (function* (): Coroutine {
          codes.push(yield* outcomeOf(chrecv(b, -1)));
          codes.push(yield* outcomeOf(chrecv(b, -1)));
        })(),
      );
      hclose(receiver);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
      expect(yield* outcomeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
      close(a, b);
    });

    it("delivers a message that was handed over before it", function* () {
      const [a, b] = chmake<number>();
      const got: unknown[] = [];
      const receiver = go(
        (function* (): Coroutine {
          got.push(yield* chrecv(b, -1));
          got.push(yield* outcomeOf(chrecv(b, -1)));
        })(),
      );
      yield* chsend(a, 77, -1);
      hclose(receiver);
      expect(got).to.deep.equal([77, "ECANCELED"]);
      close(a, b);
    });

    it("throws ECANCELED in a canceled coroutine, even with a sender waiting", function* () {
      const [a, b] = chmake<number>();
      const sender = go(send(a, 1));
      let code = "";
      const receiver = go(
        (function* (): Coroutine {
          try {
            yield* msleep(-1);
          } finally {
            code = yield* outcomeOf(chrecv(b, -1));
          }
        })(),
      );
      hclose(receiver);
      expect(code).to.equal("ECANCELED");
      expect(yield* chrecv(b, 0)).to.equal(1);
      close(sender, a, b);
    });

    it("throws ECANCELED inside a handle's close", () => {
      const [a, b] = chmake<number>();
      let code: unknown = "";
      const closeIt = (): void => {
        code = outcomeOf(chrecv(b, -1)).next().value;
      };
      hclose(hmake({ query: () => undefined, close: closeIt }));
      expect(code).to.equal("ECANCELED");
      close(a, b);
    });
  });

  describe("errors", () => {
    it("throws EBADF for a closed end, with the name of the function that receives", function* () {
      const [a, b] = chmake<number>();
      hclose(b);
      function* receiveThrough(ch: Channel<number>): Coroutine<number> {
        return yield* chrecv(ch, -1);
      }
      const error = yield* failureOf({ [Symbol.iterator]: () => receiveThrough(b) } as never);
      expect(error).to.include({ code: "EBADF", syscall: "chrecv" });
      expect(error.stack).to.contain("receiveThrough");
      hclose(a);
    });

    it("throws ENOTSUP for a handle of another kind", function* () {
      const b = bundle();
      const error = yield* failureOf(chrecv(b as unknown as Channel<number>, 0));
      expect(error).to.include({ code: "ENOTSUP", syscall: "chrecv" });
      hclose(b);
    });

    for (const deadline of [Number.NaN, -2, -0.5]) {
      it(`throws EINVAL for the deadline ${deadline}`, function* () {
        const [a, b] = chmake<number>();
        const sender = go(send(a, 1));
        expect((yield* failureOf(chrecv(b, deadline))).code).to.equal("EINVAL");
        expect(yield* chrecv(b, 0)).to.equal(1);
        close(sender, a, b);
      });
    }

    it("throws EPIPE after chdone on the other end, every time", function* () {
      const [a, b] = chmake<number>();
      chdone(a);
      for (let i = 0; i < 3; i++) {
        const error = yield* failureOf(chrecv(b, -1));
        expect(error).to.include({ code: "EPIPE", syscall: "chrecv" });
      }
      close(a, b);
    });

    it("throws EPIPE from all receivers when both ends are closed", function* () {
      const [a, b] = chmake<number>();
      const receivers = [a, a, b].map((ch) => go(outcomeOf(chrecv(ch, -1))));
      close(a, b);
      for (const receiver of receivers) expect(yield* join(receiver, -1)).to.equal("EPIPE");
      close(...receivers);
    });

    it("throws ETIMEDOUT with the function's name", function* () {
      const [a, b] = chmake<number>();
      const error = yield* failureOf(chrecv(b, 0));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "chrecv" });
      close(a, b);
    });
  });

  describe("leaves nothing behind", () => {
    it("when it times out: a later message finds nobody", function* () {
      const [a, b] = chmake<number>();
      for (let i = 0; i < 100; i++) {
        expect(yield* outcomeOf(chrecv(b, now() + (i % 3)))).to.equal("ETIMEDOUT");
      }
      expect(yield* outcomeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
      close(a, b);
    });

    it("when it is canceled: those before and behind keep their places", function* () {
      const [a, b] = chmake<number>();
      const first = go(receive(b));
      const second = go(receive(b));
      const third = go(receive(b));
      hclose(second);
      yield* chsend(a, 1, -1);
      yield* chsend(a, 2, -1);
      expect(yield* join(first, -1)).to.equal(1);
      expect(yield* join(third, -1)).to.equal(2);
      close(first, third, a, b);
    });
  });
});
