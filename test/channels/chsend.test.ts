import { expect } from "chai";
import { run as runEffection, sleep } from "effection";
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
  yieldNow,
} from "libdill-ts";
import { failureOf, outcomeOf } from "../support/failure.js";
import { it } from "../support/it.js";

function close(...handles: Parameters<typeof hclose>[0][]): void {
  for (const h of handles) hclose(h);
}

function* send<T>(ch: Channel<T>, message: T): Coroutine {
  yield* chsend(ch as Channel<unknown>, message, -1);
}

describe("chsend", () => {
  it("waits until somebody receives the message", function* () {
    const [a, b] = chmake<number>();
    const said: string[] = [];
    const sender = go(
      (function* (): Coroutine {
        yield* chsend(a, 444, -1);
        said.push("sent");
      })(),
    );
    yield;
    expect(said).to.deep.equal([]);
    expect(yield* chrecv(b, -1)).to.equal(444);
    yield* join(sender, -1);
    expect(said).to.deep.equal(["sent"]);
    close(sender, a, b);
  });

  it("hands over to a waiting receiver at once, who runs in its turn", function* () {
    const [a, b] = chmake<number>();
    const said: unknown[] = [];
    const receiver = go(
      (function* (): Coroutine {
        said.push(yield* chrecv(b, -1));
      })(),
    );
    yield* chsend(a, 333, -1);
    said.push("sender goes on");
    yield* join(receiver, -1);
    expect(said).to.deep.equal(["sender goes on", 333]);
    close(receiver, a, b);
  });

  it("serves waiting receivers first come, first served", function* () {
    const [a, b] = chmake<number>();
    const got: string[] = [];
    const receivers = bundle();
    for (const name of ["first", "second", "third"]) {
      bundleGo(
        receivers,
        (function* (): Coroutine {
          got.push(`${name} ${yield* chrecv(b, -1)}`);
        })(),
      );
    }
    yield* chsend(a, 333, -1);
    yield* chsend(a, 444, -1);
    yield* chsend(a, 555, -1);
    yield* bundleWait(receivers, -1);
    expect(got).to.deep.equal(["first 333", "second 444", "third 555"]);
    close(receivers, a, b);
  });

  it("hands the value over as it is", function* () {
    const [a, b] = chmake<unknown>();
    for (const message of [{ some: "object" }, undefined, null, () => {}, ""]) {
      const sender = go(send(a, message));
      expect(yield* chrecv(b, -1)).to.equal(message);
      hclose(sender);
    }
    close(a, b);
  });

  it("does nothing until the yield*", function* () {
    const [a, b] = chmake<number>();
    const operation = chsend(a, 1, -1);
    expect((yield* failureOf(chrecv(b, 0))).code).to.equal("ETIMEDOUT");
    const receiver = go(chrecvOne(b));
    yield* operation;
    expect(yield* join(receiver, -1)).to.equal(1);
    close(receiver, a, b);
  });

  it("sends again when the same operation is run again", function* () {
    const [a, b] = chmake<number>();
    const operation = chsend(a, 7, -1);
    const sender = go(
      (function* (): Coroutine {
        yield* operation;
        yield* operation;
        yield* operation;
      })(),
    );
    for (let i = 0; i < 3; i++) expect(yield* chrecv(b, -1)).to.equal(7);
    expect(yield* outcomeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
    close(sender, a, b);
  });

  it("sends twice when two coroutines run the same operation at once", function* () {
    const [a, b] = chmake<number>();
    const operation = chsend(a, 7, -1);
    const senders = bundle();
    for (let i = 0; i < 2; i++) bundleGo(senders, outcomeOf(operation));
    expect(yield* chrecv(b, -1)).to.equal(7);
    expect(yield* chrecv(b, -1)).to.equal(7);
    yield* bundleWait(senders, -1);
    close(senders, a, b);
  });

  it("waits for a receiver in vain when the other end is closed", function* () {
    const [a, b] = chmake<number>();
    const sender = go(outcomeOf(chsend(a, 1, -1)));
    hclose(b);
    yield* yieldNow();
    expect(yield* outcomeOf(join(sender, 0))).to.equal("ETIMEDOUT");
    expect(yield* outcomeOf(chsend(a, 1, now() + 1))).to.equal("ETIMEDOUT");
    hclose(a);
    expect(yield* join(sender, -1)).to.equal("EPIPE");
    hclose(sender);
  });

  it("completes on an end that was closed meanwhile", function* () {
    const [a, b] = chmake<number>();
    const sender = go(outcomeOf(chsend(a, 9, -1)));
    hclose(a);
    expect(yield* chrecv(b, -1)).to.equal(9);
    expect(yield* join(sender, -1)).to.equal("done");
    close(sender, b);
  });

  it("lets others run while receivers are always there", function* () {
    const [a, b] = chmake<number>();
    const isOver = { yes: false };
    const receiver = go(
      (function* (): Coroutine {
        while (true) yield* chrecv(b, -1);
      })(),
    );
    setTimeout(() => (isOver.yes = true), 1);
    while (!isOver.yes) yield* chsend(a, 1, -1);
    close(receiver, a, b);
  });

  it("runs inside an Effection program", async () => {
    const [a, b] = chmake<string>();
    const receiver = run(chrecvOne(b));
    await runEffection(function* () {
      yield* sleep(1);
      yield* chsend(a, "from Effection", -1);
    });
    expect(await receiver).to.equal("from Effection");
    close(a, b);
  });

  it("withdraws the message when Effection halts the task", async () => {
    const [a, b] = chmake<number>();
    const task = runEffection(() => chsend(a, 1, -1));
    await task.halt();
    expect(await run(outcomeOf(chrecv(b, 0)))).to.equal("ETIMEDOUT");
    close(a, b);
    await task.catch(() => {}); // a halted task rejects
  });

  describe("deadline", () => {
    it("0 does not wait: ETIMEDOUT without a receiver", function* () {
      const [a, b] = chmake<number>();
      expect(yield* outcomeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
      close(a, b);
    });

    for (const [name, deadline] of [
      ["0", () => 0],
      ["one in the past", () => now() - 1000],
    ] as const) {
      it(`${name} sends to a receiver who is there`, function* () {
        const [a, b] = chmake<number>();
        const receiver = go(chrecvOne(b));
        yield* chsend(a, 5, deadline());
        expect(yield* join(receiver, -1)).to.equal(5);
        close(receiver, a, b);
      });
    }

    it("throws ETIMEDOUT when it hits, not early", function* () {
      const [a, b] = chmake<number>();
      const deadline = now() + 20;
      expect(yield* outcomeOf(chsend(a, 1, deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
      close(a, b);
    });

    it("Infinity waits for ever", function* () {
      const [a, b] = chmake<number>();
      const sender = go(outcomeOf(chsend(a, 1, Infinity)));
      yield* msleep(now() + 2);
      expect(yield* chrecv(b, 0)).to.equal(1);
      close(sender, a, b);
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED from a blocked send, and from the next", function* () {
      const [a, b] = chmake<number>();
      const codes: string[] = [];
      const sender = go(
        (function* (): Coroutine {
          codes.push(yield* outcomeOf(chsend(a, 1, -1)));
          codes.push(yield* outcomeOf(chsend(a, 2, -1)));
        })(),
      );
      hclose(sender);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
      expect(yield* outcomeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
      close(a, b);
    });

    it("leaves a message that was received received", function* () {
      const [a, b] = chmake<number>();
      const codes: string[] = [];
      const sender = go(
        (function* (): Coroutine {
          codes.push(yield* outcomeOf(chsend(a, 1, -1)));
        })(),
      );
      expect(yield* chrecv(b, -1)).to.equal(1);
      hclose(sender);
      expect(codes).to.deep.equal(["done"]);
      close(a, b);
    });

    it("throws ECANCELED inside a handle's close, even with a receiver waiting", function* () {
      const [a, b] = chmake<number>();
      const receiver = go(outcomeOf(chrecv(b, -1)));
      let code: string | undefined = "";
      const closeIt = (): void => {
        code = outcomeOf(chsend(a, 1, -1)).next().value as string;
      };
      hclose(hmake({ query: () => undefined, close: closeIt }));
      expect(code).to.equal("ECANCELED");
      close(receiver, a, b);
    });
  });

  describe("errors", () => {
    it("throws EBADF for a closed end", function* () {
      const [a, b] = chmake<number>();
      hclose(a);
      const error = yield* failureOf(chsend(a, 1, 0));
      expect(error).to.include({ code: "EBADF", syscall: "chsend" });
      expect(error.message).to.contain(`handle ${a} is not open`);
      hclose(b);
    });

    it("throws ENOTSUP for a handle of another kind, naming both kinds", function* () {
      const b = bundle();
      const wrong = b as unknown as Channel<number>;
      const error = yield* failureOf(chsend(wrong, 1, 0));
      expect(error).to.include({ code: "ENOTSUP", syscall: "chsend" });
      expect(error.message).to.contain("a bundle, not a channel");
      hclose(b);
    });

    for (const deadline of [Number.NaN, -2, -Infinity]) {
      it(`throws EINVAL for the deadline ${deadline}`, function* () {
        const [a, b] = chmake<number>();
        const receiver = go(outcomeOf(chrecv(b, -1)));
        expect((yield* failureOf(chsend(a, 1, deadline))).code).to.equal("EINVAL");
        close(receiver, a, b);
      });
    }

    it("throws EPIPE after chdone on this end", function* () {
      const [a, b] = chmake<number>();
      chdone(a);
      const error = yield* failureOf(chsend(a, 1, -1));
      expect(error).to.include({ code: "EPIPE", syscall: "chsend" });
      close(a, b);
    });

    it("throws EPIPE when chdone on this end comes while it waits", function* () {
      const [a, b] = chmake<number>();
      const sender = go(outcomeOf(chsend(a, 1, -1)));
      chdone(a);
      expect(yield* join(sender, -1)).to.equal("EPIPE");
      close(sender, a, b);
    });

    it("throws EPIPE when both ends are closed while it waits", function* () {
      const [a, b] = chmake<number>();
      const senders = [1, 2, 3].map((n) => go(outcomeOf(chsend(a, n, -1))));
      yield* msleep(now() + 5);
      chdone(b); // the other direction: they don't notice
      close(a, b);
      for (const sender of senders) expect(yield* join(sender, -1)).to.equal("EPIPE");
      close(...senders);
    });

    it("throws ETIMEDOUT with the function's name and no address", function* () {
      const [a, b] = chmake<number>();
      const error = yield* failureOf(chsend(a, 1, 0));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "chsend", address: undefined });
      close(a, b);
    });
  });

  describe("leaves nothing behind", () => {
    it("when it times out: the message is gone", function* () {
      const [a, b] = chmake<number>();
      for (let i = 0; i < 100; i++) {
        expect(yield* outcomeOf(chsend(a, i, now() + (i % 3)))).to.equal("ETIMEDOUT");
      }
      expect(yield* outcomeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
      const sender = go(send(a, 777));
      expect(yield* chrecv(b, -1)).to.equal(777);
      close(sender, a, b);
    });

    it("when it is canceled: those before and behind keep their places", function* () {
      const [a, b] = chmake<number>();
      const senders = [1, 2, 3].map((n) => go(send(a, n)));
      hclose(senders[1] as (typeof senders)[0]);
      expect(yield* chrecv(b, 0)).to.equal(1);
      expect(yield* chrecv(b, 0)).to.equal(3);
      expect(yield* outcomeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
      close(senders[0] as (typeof senders)[0], senders[2] as (typeof senders)[0], a, b);
    });
  });
});

function* chrecvOne<T>(ch: Channel<T>): Coroutine<T> {
  return yield* chrecv(ch, -1);
}
