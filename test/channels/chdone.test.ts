import { expect } from "chai";
import {
  bundle,
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
  msleep,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("chdone", () => {
  it("gives EPIPE to whoever receives at the other end, now and later", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(codeOf(chrecv(b, -1)));
    chdone(a);
    expect(yield* join(receiver, -1)).to.equal("EPIPE");
    for (let i = 0; i < 3; i++) expect(yield* codeOf(chrecv(b, -1))).to.equal("EPIPE");
  });

  it("gives EPIPE to whoever sends at this end, now and later", function* () {
    const [a] = chmake<number>();
    const sender = go(codeOf(chsend(a, 1, -1)));
    chdone(a);
    expect(yield* join(sender, -1)).to.equal("EPIPE");
    expect(yield* codeOf(chsend(a, 1, -1))).to.equal("EPIPE");
  });

  it("delivers nothing first: a message that waits is lost", function* () {
    const [a, b] = chmake<number>();
    const sender = go(codeOf(chsend(a, 1, -1)));
    chdone(a);
    expect(yield* codeOf(chrecv(b, -1))).to.equal("EPIPE");
    expect(yield* join(sender, -1)).to.equal("EPIPE");
  });

  it("leaves the opposite direction as it is", function* () {
    const [a, b] = chmake<number>();
    const waiting = go(receive(a));
    chdone(a);
    yield* chsend(b, 1, 0);
    expect(yield* join(waiting, -1)).to.equal(1);

    const sender = go(send(b, 2));
    expect(yield* chrecv(a, 0)).to.equal(2);
    yield* join(sender, -1);
  });

  it("leaves senders at the other end and receivers at this one waiting", function* () {
    const [a, b] = chmake<number>();
    const sender = go(send(b, 1));
    chdone(a);
    expect(yield* codeOf(join(sender, 0))).to.equal("ETIMEDOUT");
    expect(yield* chrecv(a, 0)).to.equal(1);
    yield* join(sender, -1);
  });

  it("tells all receivers, who may go on in the opposite direction", function* () {
    const [a, b] = chmake<number>();
    const replies = [go(reply(b)), go(reply(b))];
    chdone(a);
    expect([yield* chrecv(a, -1), yield* chrecv(a, -1)]).to.deep.equal([0, 0]);
    for (const h of replies) yield* join(h, -1);
  });

  it("wakes those who wait in the order in which they came", function* () {
    const [a, b] = chmake<number>();
    const log: number[] = [];
    const receivers = [1, 2, 3].map((n) => go(note(b, log, n)));
    chdone(a);
    for (const h of receivers) yield* join(h, -1);
    expect(log).to.deep.equal([1, 2, 3]);
  });

  it("tells a choose which of its clauses it was", function* () {
    const [a, b] = chmake<number>();
    const [, d] = chmake<number>();
    const chooser = go(
      (function* () {
        return yield* choose(
          [
            { op: "recv", ch: d },
            { op: "recv", ch: b },
          ],
          -1,
        );
      })(),
    );
    chdone(a);
    const { index, error } = yield* join(chooser, -1);
    expect([index, error?.code]).to.deep.equal([1, "EPIPE"]);
  });

  it("may be called at both ends", function* () {
    const [a, b] = chmake<number>();
    chdone(a);
    chdone(b);
    expect(yield* codeOf(chrecv(a, -1))).to.equal("EPIPE");
    expect(yield* codeOf(chrecv(b, -1))).to.equal("EPIPE");
  });

  it("works after the other end was closed", function* () {
    const [a, b] = chmake<number>();
    hclose(b);
    expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    chdone(a);
    expect(yield* codeOf(chsend(a, 1, 0))).to.equal("EPIPE");
  });

  it("works in a coroutine that is being canceled", function* () {
    const [a, b] = chmake<number>();
    const h = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          chdone(a);
        }
      })(),
    );
    hclose(h);
    expect(yield* codeOf(chrecv(b, -1))).to.equal("EPIPE");
  });

  describe("errors", () => {
    it("EBADF: the handle is not open", () => {
      const [a, b] = chmake<number>();
      hclose(a);
      hclose(b);
      expect(errorOf(() => chdone(a))).to.include({ code: "EBADF", syscall: "chdone" });
    });

    it("ENOTSUP: the handle is not a channel", () => {
      const b = bundle();
      const error = errorOf(() => chdone(b as unknown as Channel<number>));
      expect(error).to.include({ code: "ENOTSUP", syscall: "chdone" });
      hclose(b);
    });

    it("EPIPE: it has been said already", function* () {
      const [a, b] = chmake<number>();
      chdone(a);
      expect(errorOf(() => chdone(a))).to.include({ code: "EPIPE", syscall: "chdone" });
      chdone(b);
    });
  });
});

function* receive<R>(ch: Channel<never, R>): Coroutine<R> {
  return yield* chrecv(ch, -1);
}

function* send<S>(ch: Channel<S, unknown>, message: S): Coroutine {
  yield* chsend(ch, message, -1);
}

function* reply(ch: Channel<number>): Coroutine {
  expect(yield* codeOf(chrecv(ch, -1))).to.equal("EPIPE");
  yield* chsend(ch, 0, -1);
}

function* note(ch: Channel<number>, log: number[], n: number): Coroutine {
  yield* codeOf(chrecv(ch, -1));
  log.push(n);
}

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    if (isErrno(error)) return error;
    throw error;
  }
  return undefined;
}
