import { expect } from "chai";
import {
  type Channel,
  chdone,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  isErrno,
  join,
  type Operation,
  yieldNow,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("a channel", () => {
  describe("with one end closed", () => {
    it("unblocks nobody at the other end", function* () {
      const [a, b] = chmake<number>();
      const [receiver, sender] = [go(codeOf(chrecv(a, -1))), go(codeOf(chsend(a, 1, -1)))];
      hclose(b);
      yield* yieldNow();
      expect(yield* codeOf(join(receiver, 0))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(join(sender, 0))).to.equal("ETIMEDOUT");
      hclose(a);
      expect(yield* join(receiver, -1)).to.equal("EPIPE");
      expect(yield* join(sender, -1)).to.equal("EPIPE");
    });

    it("unblocks nobody at the closed end, whose receive can still be completed", function* () {
      const [a, b] = chmake<number>();
      const receiver = go(receive(b));
      hclose(b);
      expect(yield* codeOf(join(receiver, 0))).to.equal("ETIMEDOUT");
      yield* chsend(a, 5, 0);
      expect(yield* join(receiver, -1)).to.equal(5);
    });

    it("still delivers what a sender at the closed end brings", function* () {
      const [a, b] = chmake<number>();
      const sender = go(send(b, 6));
      hclose(b);
      expect(yield* chrecv(a, 0)).to.equal(6);
      yield* join(sender, -1);
    });

    it("is as silent as a peer who does nothing", function* () {
      const [a, b] = chmake<number>();
      hclose(b);
      expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(chrecv(a, 0))).to.equal("ETIMEDOUT");
    });

    it("stays done in the direction in which it was done", function* () {
      const [a, b] = chmake<number>();
      chdone(b);
      hclose(b);
      expect(yield* codeOf(chrecv(a, -1))).to.equal("EPIPE");
      expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    });

    it("gives EBADF to whoever uses the closed end", function* () {
      const [a, b] = chmake<number>();
      hclose(b);
      expect(yield* codeOf(chsend(b, 1, 0))).to.equal("EBADF");
      expect(yield* codeOf(chrecv(b, 0))).to.equal("EBADF");
      hclose(a);
    });
  });

  describe("with both ends closed", () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      it(`gives EPIPE to all who wait, end ${order[0]} being closed first`, function* () {
        const ends = chmake<number>();
        const [c, d] = chmake<number>();
        const [a, b] = ends;
        const waiting = [
          go(codeOf(chrecv(a, -1))),
          go(codeOf(chrecv(a, -1))),
          go(codeOf(chrecv(b, -1))),
          go(codeOf(chrecv(b, -1))),
          go(
            chooseCode([
              { op: "recv", ch: c },
              { op: "recv", ch: b },
            ]),
          ),
        ];
        for (const i of order) hclose(ends[i]);
        for (const h of waiting) expect(yield* join(h, -1)).to.equal("EPIPE");
        expect(yield* codeOf(chsend(d, 1, 0))).to.equal("ETIMEDOUT");
      });
    }

    it("gives EPIPE to all senders of both ends", function* () {
      const [a, b] = chmake<number>();
      const waiting = [a, b, a, b].map((ch) => go(codeOf(chsend(ch, 1, -1))));
      hclose(a);
      hclose(b);
      for (const h of waiting) expect(yield* join(h, -1)).to.equal("EPIPE");
    });

    it("tells receivers before senders, and those at the first end before the others", function* () {
      const [a, b] = chmake<number>();
      const [c, d] = chmake<number>();
      const log: string[] = [];
      const waiting = [
        go(note(log, "receiver at b", chrecv(b, -1))),
        go(note(log, "receiver at a", chrecv(a, -1))),
        go(note(log, "sender at c", chsend(c, 1, -1))),
        go(note(log, "sender at d", chsend(d, 1, -1))),
      ];
      for (const ch of [a, b, d, c]) hclose(ch);
      for (const h of waiting) yield* join(h, -1);
      expect(log).to.deep.equal(["receiver at a", "receiver at b", "sender at d", "sender at c"]);
    });

    it("gives EBADF from then on", function* () {
      const [a, b] = chmake<number>();
      hclose(a);
      hclose(b);
      for (const ch of [a, b]) expect(yield* codeOf(chrecv(ch, -1))).to.equal("EBADF");
    });

    it("may have a message under way, which arrives", function* () {
      const [a, b] = chmake<number>();
      const receiver = go(receive(b));
      yield* chsend(a, 1, 0);
      hclose(a);
      hclose(b);
      expect(yield* join(receiver, -1)).to.equal(1);
    });
  });

  it("carries a message round a ring of relays until they are canceled", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const passes = [0, 0];
    const relays = [go(relay(b, c, passes, 0)), go(relay(d, a, passes, 1))];
    yield* chsend(a, 0, -1);
    for (let i = 0; i < 100; i++) yield;
    for (const h of relays) {
      hclose(h);
    }
    for (const n of passes) expect(n).to.be.at.least(10);
  });

  it("is a pipeline's part: a sieve of coroutines finds the primes", function* () {
    const [source, first] = chmake<number>();
    const handles = [go(count(source))];
    const primes: number[] = [];
    let ch = first;
    while (primes.length < 20) {
      const prime = yield* chrecv(ch, -1);
      primes.push(prime);
      const [into, out] = chmake<number>();
      handles.push(go(sift(ch, into, prime)));
      ch = out;
    }
    for (const h of handles) hclose(h);
    expect(primes.slice(-3)).to.deep.equal([61, 67, 71]);
  });
});

function* receive<R>(ch: Channel<never, R>): Coroutine<R> {
  return yield* chrecv(ch, -1);
}

function* send<S>(ch: Channel<S, unknown>, message: S): Coroutine {
  yield* chsend(ch, message, -1);
}

function* chooseCode(
  clauses: { op: "recv"; ch: Channel<number> }[],
): Coroutine<string | undefined> {
  return (yield* choose(clauses, -1)).error?.code;
}

function* note(log: string[], who: string, operation: Operation<unknown>): Coroutine {
  if ((yield* codeOf(operation)) === "EPIPE") log.push(who);
}

function* relay(
  from: Channel<number>,
  to: Channel<number>,
  passes: number[],
  i: number,
): Coroutine {
  try {
    for (let n = 1; ; n++) {
      yield* chsend(to, yield* chrecv(from, -1), -1);
      passes[i] = n;
    }
  } catch (e) {
    if (!isErrno(e, "ECANCELED")) throw e;
  }
}

function* count(to: Channel<number>): Coroutine {
  for (let n = 2; ; n++) yield* chsend(to, n, -1);
}

function* sift(from: Channel<number>, to: Channel<number>, prime: number): Coroutine {
  while (true) {
    const n = yield* chrecv(from, -1);
    if (n % prime !== 0) yield* chsend(to, n, -1);
  }
}
