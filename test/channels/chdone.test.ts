import { expect } from "chai";
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
  join,
  msleep,
  type Operation,
  run,
} from "libdill-ts";
import { outcomeOf, thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

function close(...handles: Parameters<typeof hclose>[0][]): void {
  for (const h of handles) hclose(h);
}

/** Starts the operation, then calls chdone on `a`, and says how the operation is doing. */
function* afterChdone(
  start: (a: Channel<number>, b: Channel<number>) => Operation<unknown>,
): Coroutine<string> {
  const [a, b] = chmake<number>();
  const party = go(outcomeOf(start(a, b)));
  chdone(a);
  const outcome = yield* ended(party);
  close(party, a, b);
  return outcome;
}

function* ended(party: ReturnType<typeof go<string>>): Coroutine<string> {
  yield;
  try {
    return yield* join(party, 0);
  } catch {
    return "still waits";
  }
}

describe("chdone", () => {
  describe("on one end", () => {
    it("wakes receivers blocked on the other end with EPIPE", function* () {
      expect(yield* afterChdone((_a, b) => chrecv(b, -1))).to.equal("EPIPE");
    });

    it("wakes senders blocked on this end with EPIPE", function* () {
      expect(yield* afterChdone((a) => chsend(a, 1, -1))).to.equal("EPIPE");
    });

    it("leaves receivers blocked on this end alone", function* () {
      expect(yield* afterChdone((a) => chrecv(a, -1))).to.equal("still waits");
    });

    it("leaves senders blocked on the other end alone", function* () {
      expect(yield* afterChdone((_a, b) => chsend(b, 1, -1))).to.equal("still waits");
    });

    it("makes later sends on this end and receives on the other fail at once", function* () {
      const [a, b] = chmake<number>();
      chdone(a);
      expect(yield* outcomeOf(chsend(a, 1, -1))).to.equal("EPIPE");
      for (let i = 0; i < 3; i++) expect(yield* outcomeOf(chrecv(b, -1))).to.equal("EPIPE");
      close(a, b);
    });

    it("leaves the opposite direction usable", function* () {
      const [a, b] = chmake<number>();
      chdone(a);
      const sender = go(outcomeOf(chsend(b, 5, -1)));
      expect(yield* chrecv(a, -1)).to.equal(5);
      expect(yield* join(sender, -1)).to.equal("done");
      close(sender, a, b);
    });

    it("delivers nothing that was pending: the message of a waiting sender is lost", function* () {
      const [a, b] = chmake<number>();
      const sender = go(outcomeOf(chsend(a, 1, -1)));
      chdone(a);
      expect(yield* outcomeOf(chrecv(b, -1))).to.equal("EPIPE");
      expect(yield* join(sender, -1)).to.equal("EPIPE");
      close(sender, a, b);
    });
  });

  it("leaves a message that was handed over before it with its receiver", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(receive(b));
    yield* chsend(a, 3, -1);
    chdone(a);
    expect(yield* join(receiver, -1)).to.equal(3);
    close(receiver, a, b);
  });

  it("tells all receivers, who answer in the other direction", function* () {
    const [a, b] = chmake<number>();
    const workers = bundle();
    for (let i = 0; i < 2; i++) {
      bundleGo(
        workers,
        (function* (): Coroutine {
          expect(yield* outcomeOf(chrecv(b, -1))).to.equal("EPIPE");
          yield* chsend(b, 0, -1);
        })(),
      );
    }
    chdone(a);
    expect(yield* chrecv(a, -1)).to.equal(0);
    expect(yield* chrecv(a, -1)).to.equal(0);
    yield* bundleWait(workers, -1);
    close(workers, a, b);
  });

  it("wakes those who wait in the order they came", function* () {
    const [a, b] = chmake<number>();
    const order: number[] = [];
    const waiting = bundle();
    for (let i = 0; i < 5; i++) {
      bundleGo(
        waiting,
        (function* (): Coroutine {
          expect(yield* outcomeOf(chsend(a, i, -1))).to.equal("EPIPE");
          order.push(i);
        })(),
      );
    }
    chdone(a);
    yield* bundleWait(waiting, -1);
    expect(order).to.deep.equal([0, 1, 2, 3, 4]);
    close(waiting, a, b);
  });

  it("works when the other end is closed already, and nobody is told twice", function* () {
    const [a, b] = chmake<number>();
    const sender = go(outcomeOf(chsend(a, 1, -1)));
    hclose(b);
    chdone(a);
    expect(yield* join(sender, -1)).to.equal("EPIPE");
    close(sender, a);
  });

  it("is allowed on both ends", function* () {
    const [a, b] = chmake<number>();
    chdone(a);
    chdone(b);
    expect(yield* outcomeOf(chsend(b, 1, -1))).to.equal("EPIPE");
    expect(yield* outcomeOf(chrecv(a, -1))).to.equal("EPIPE");
    close(a, b);
  });

  it("wakes a coroutine when a callback of Node's calls it", async () => {
    const [a, b] = chmake<number>();
    const receiver = run(outcomeOf(chrecv(b, 2 ** 52)));
    setImmediate(() => chdone(a));
    expect(await receiver).to.equal("EPIPE");
    close(a, b);
  });

  describe("cancellation", () => {
    it("does not stop it: a canceled coroutine says that it is done", function* () {
      const [a, b] = chmake<number>();
      const h = go(
        (function* (): Coroutine {
          try {
            yield* msleep(-1);
          } finally {
            chdone(a);
          }
        })(),
      );
      hclose(h);
      expect(yield* outcomeOf(chrecv(b, -1))).to.equal("EPIPE");
      close(a, b);
    });
  });

  describe("errors", () => {
    it("throws EBADF for a closed end", () => {
      const [a, b] = chmake<number>();
      close(a, b);
      expect(thrownBy(() => chdone(a))).to.include({ code: "EBADF", syscall: "chdone" });
    });

    it("throws ENOTSUP for a handle of another kind", () => {
      const b = bundle();
      const wrong = b as unknown as Channel<number>;
      expect(thrownBy(() => chdone(wrong))).to.include({ code: "ENOTSUP", syscall: "chdone" });
      hclose(b);
    });

    it("throws EPIPE the second time", () => {
      const [a, b] = chmake<number>();
      chdone(a);
      expect(thrownBy(() => chdone(a))).to.include({ code: "EPIPE", syscall: "chdone" });
      close(a, b);
    });
  });

  describe("leaves nothing behind", () => {
    it("in the coroutines it wakes, whose deadlines are off", function* () {
      const [a, b] = chmake<number>();
      const receivers = Array.from({ length: 50 }, () => go(outcomeOf(chrecv(b, 2 ** 50))));
      chdone(a);
      for (const receiver of receivers) expect(yield* join(receiver, -1)).to.equal("EPIPE");
      close(...receivers, a, b);
    });
  });
});

function* receive(ch: Channel<number>): Coroutine<number> {
  return yield* chrecv(ch, -1);
}
