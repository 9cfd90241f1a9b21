import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import {
  bundle,
  type Channel,
  chdone,
  chmake,
  choose,
  type ChooseClause,
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
import { itBoth as it } from "../support/it.js";
import { isUndisturbed } from "../support/undisturbed.js";

describe("choose", () => {
  it("receives from a sender that waits already", function* () {
    const [a, b] = chmake<number>();
    const sender = go(send(a, 888));
    expect(yield* choose([{ op: "recv", ch: b }], 0)).to.deep.equal({ index: 0, value: 888 });
    yield* join(sender, -1);
  });

  it("receives from a sender that comes later", function* () {
    const [a, b] = chmake<number>();
    const sender = go(sendAfterYield(a, 777));
    expect(yield* choose([{ op: "recv", ch: b }], -1)).to.deep.equal({ index: 0, value: 777 });
    yield* join(sender, -1);
  });

  it("sends to a receiver that waits already", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(receive(b));
    const result = yield* choose([{ op: "send", ch: a, value: 666 }], 0);
    expect(result).to.deep.equal({ index: 0, value: undefined });
    expect(yield* join(receiver, -1)).to.equal(666);
  });

  it("sends to a receiver that comes later", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(
      (function* () {
        yield;
        return yield* chrecv(b, -1);
      })(),
    );
    const result = yield* choose([{ op: "send", ch: a, value: 555 }], -1);
    expect(result).to.deep.equal({ index: 0, value: undefined });
    expect(yield* join(receiver, -1)).to.equal(555);
  });

  it("tells which of its clauses it was", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const clauses = [
      { op: "recv", ch: b },
      { op: "recv", ch: d },
    ] as const;
    const second = go(send(c, 2));
    expect(yield* choose(clauses, -1)).to.deep.equal({ index: 1, value: 2 });
    const first = go(sendAfterYield(a, 1));
    expect(yield* choose(clauses, -1)).to.deep.equal({ index: 0, value: 1 });
    for (const h of [first, second]) yield* join(h, -1);
  });

  it("carries out the first of several that can be, and none of the others", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const senders = [go(send(c, 2)), go(send(a, 1))];
    const clauses = [
      { op: "recv", ch: b },
      { op: "recv", ch: d },
    ] as const;
    expect(yield* choose(clauses, -1)).to.deep.equal({ index: 0, value: 1 });
    expect(yield* chrecv(d, 0)).to.equal(2);
    for (const h of senders) yield* join(h, -1);
  });

  it("carries out whatever becomes possible first once it waits", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const chooser = go(
      (function* () {
        return yield* choose(
          [
            { op: "recv", ch: b },
            { op: "recv", ch: d },
          ],
          -1,
        );
      })(),
    );
    yield* chsend(c, 2, 0);
    expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    expect(yield* join(chooser, -1)).to.deep.equal({ index: 1, value: 2 });
  });

  it("is served in its turn among senders and receivers", function* () {
    const [a, b] = chmake<string>();
    const order: string[] = [];
    const waiting = [
      go(note(order, chrecv(b, -1))),
      go(note(order, choose([{ op: "recv", ch: b }], -1))),
      go(note(order, chrecv(b, -1))),
    ];
    for (const message of ["first", "second", "third"]) yield* chsend(a, message, 0);
    for (const h of waiting) yield* join(h, -1);
    expect(order).to.deep.equal(["first", '{"index":0,"value":"second"}', "third"]);
  });

  it("takes senders first come first served", function* () {
    const [a, b] = chmake<number>();
    const senders = [888, 999].map((message) => go(send(a, message)));
    expect((yield* choose([{ op: "recv", ch: b }], -1)).value).to.equal(888);
    expect((yield* choose([{ op: "recv", ch: b }], -1)).value).to.equal(999);
    for (const h of senders) yield* join(h, -1);
  });

  it("serves receivers first come first served", function* () {
    const [a, b] = chmake<number>();
    const [first, second] = [go(receive(b)), go(receive(b))];
    yield* choose([{ op: "send", ch: a, value: 333 }], -1);
    yield* choose([{ op: "send", ch: a, value: 444 }], -1);
    expect(yield* join(first, -1)).to.equal(333);
    expect(yield* join(second, -1)).to.equal(444);
  });

  it("meets another choose", function* () {
    const [a, b] = chmake<number>();
    const sender = go(
      (function* () {
        return yield* choose([{ op: "send", ch: a, value: 111 }], -1);
      })(),
    );
    expect(yield* choose([{ op: "recv", ch: b }], -1)).to.deep.equal({ index: 0, value: 111 });
    expect((yield* join(sender, -1)).index).to.equal(0);
  });

  it("meets another choose when both send and receive on the same two channels", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const other = go(
      (function* () {
        return yield* choose(
          [
            { op: "send", ch: a, value: 1 },
            { op: "recv", ch: d },
          ],
          -1,
        );
      })(),
    );
    const result = yield* choose(
      [
        { op: "send", ch: c, value: 2 },
        { op: "recv", ch: b },
      ],
      -1,
    );
    expect(result).to.deep.equal({ index: 0, value: undefined });
    expect(yield* join(other, -1)).to.deep.equal({ index: 1, value: 2 });
    expect(yield* codeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
  });

  it("never meets itself", function* () {
    const [a, b] = chmake<number>();
    const both = [
      { op: "send", ch: a, value: 1 },
      { op: "recv", ch: b },
    ] as const;
    expect(yield* codeOf(choose(both, 0))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(choose(both, now() + 1))).to.equal("ETIMEDOUT");
    const chooser = go(
      (function* () {
        return yield* choose(both, -1);
      })(),
    );
    expect(yield* codeOf(join(chooser, 0))).to.equal("ETIMEDOUT");
    expect(yield* chrecv(b, 0)).to.equal(1);
    expect((yield* join(chooser, -1)).index).to.equal(0);
    expect(yield* codeOf(chsend(a, 2, 0))).to.equal("ETIMEDOUT");
  });

  it("may list a channel twice: the first clause gets the message", function* () {
    const [a, b] = chmake<number>();
    const twice = [
      { op: "recv", ch: b },
      { op: "recv", ch: b },
    ] as const;
    const chooser = go(
      (function* () {
        return yield* choose(twice, -1);
      })(),
    );
    yield* chsend(a, 1, 0);
    expect(yield* codeOf(chsend(a, 2, 0))).to.equal("ETIMEDOUT");
    expect(yield* join(chooser, -1)).to.deep.equal({ index: 0, value: 1 });
    expect(yield* codeOf(choose(twice, now() + 1))).to.equal("ETIMEDOUT");
  });

  it("may send either of two values through one channel: the first is sent", function* () {
    const [a, b] = chmake<string>();
    const chooser = go(
      (function* () {
        return yield* choose(
          [
            { op: "send", ch: a, value: "first" },
            { op: "send", ch: a, value: "second" },
          ],
          -1,
        );
      })(),
    );
    expect(yield* chrecv(b, 0)).to.equal("first");
    expect((yield* join(chooser, -1)).index).to.equal(0);
    expect(yield* codeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
  });

  it("hands undefined over like any other value", function* () {
    const [a, b] = chmake<undefined>();
    const sender = go(send(a, undefined));
    const result = yield* choose([{ op: "recv", ch: b }], 0);
    expect(result).to.deep.equal({ index: 0, value: undefined });
    yield* join(sender, -1);
  });

  it("takes owned handles", function* () {
    const [a, b] = chmake<number>();
    const sender = go(send(a, 1));
    expect((yield* choose([{ op: "recv", ch: owned(b) }], 0)).value).to.equal(1);
    yield* join(sender, -1);
  });

  it("does nothing until it is run, and chooses anew each time it is", function* () {
    const [a, b] = chmake<number>();
    const operation = choose([{ op: "recv", ch: b }], -1);
    expect(yield* codeOf(chsend(a, 0, 0))).to.equal("ETIMEDOUT");
    const senders = [go(send(a, 1)), go(send(a, 2))];
    expect((yield* operation).value).to.equal(1);
    expect((yield* operation).value).to.equal(2);
    for (const h of senders) yield* join(h, -1);
  });

  it("runs inside an Effection program", async () => {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<string>();
    const result = await runEffection(function* () {
      const chooser = yield* spawn(() =>
        choose(
          [
            { op: "recv", ch: b },
            { op: "recv", ch: d },
          ],
          -1,
        ),
      );
      yield* chsend(c, "hello", -1);
      return yield* chooser;
    });
    expect(result).to.deep.equal({ index: 1, value: "hello" });
    for (const ch of [a, b, c, d]) hclose(ch);
  });

  it("chooses between channels of several runs", async () => {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const choosing = run(
      (function* () {
        return yield* choose(
          [
            { op: "recv", ch: b },
            { op: "send", ch: c, value: 3 },
          ],
          -1,
        );
      })(),
    );
    expect(await run(receive(d))).to.equal(3);
    expect((await choosing).index).to.equal(1);
    for (const ch of [a, b, c, d]) hclose(ch);
  });

  describe("deadline", () => {
    it("0 fails at once if nothing can be done, and lets nobody run", function* () {
      const [, b] = chmake<number>();
      const isTrue = yield* isUndisturbed(function* () {
        expect(yield* codeOf(choose([{ op: "recv", ch: b }], 0))).to.equal("ETIMEDOUT");
        expect(yield* codeOf(choose([], 0))).to.equal("ETIMEDOUT");
      });
      expect(isTrue).to.equal(true);
    });

    it("in the past is as 0", function* () {
      const [, b] = chmake<number>();
      expect(yield* codeOf(choose([{ op: "recv", ch: b }], 1))).to.equal("ETIMEDOUT");
    });

    it("does not matter when something can be done already", function* () {
      const [a, b] = chmake<number>();
      for (const deadline of [0, 1, -1, Infinity]) {
        const sender = go(send(a, 1));
        expect((yield* choose([{ op: "recv", ch: b }], deadline)).value).to.equal(1);
        yield* join(sender, -1);
      }
    });

    it("throws ETIMEDOUT when it hits, never early", function* () {
      const [, b] = chmake<number>();
      const deadline = now() + 20;
      const error = yield* failureOf(choose([{ op: "recv", ch: b }], deadline));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "choose" });
      expect(now()).to.be.at.least(deadline);
    });

    it("is all that an empty list waits for", function* () {
      const deadline = now() + 20;
      expect(yield* codeOf(choose([], deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
    });

    it("is disarmed when a clause is carried out", function* () {
      const [a, b] = chmake<number>();
      const sender = go(sendAfterYield(a, 1));
      const result = yield* choose([{ op: "recv", ch: b }], now() + 3_600_000);
      expect(result.value).to.equal(1);
      yield* join(sender, -1);
    });

    it("is EINVAL for NaN and other negative numbers", function* () {
      for (const deadline of [Number.NaN, -2, -Infinity]) {
        expect(yield* codeOf(choose([], deadline))).to.equal("EINVAL");
      }
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED where the coroutine waits, and from then on at once", function* () {
      const [, b] = chmake<number>();
      const codes: string[] = [];
      const chooser = go(
        (function* () {
          codes.push(yield* codeOf(choose([{ op: "recv", ch: b }], -1)));
          codes.push(yield* codeOf(choose([], -1)));
          codes.push(yield* codeOf(choose([{ op: "recv", ch: -7 as never }], Number.NaN)));
        })(),
      );
      hclose(chooser);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED", "ECANCELED"]);
    });

    it("comes after the clause that has been carried out", function* () {
      const [a, b] = chmake<number>();
      const log: unknown[] = [];
      const chooser = go(
        (function* () {
          log.push((yield* choose([{ op: "recv", ch: b }], -1)).value);
          log.push(yield* codeOf(choose([{ op: "recv", ch: b }], -1)));
        })(),
      );
      yield* chsend(a, 1, 0);
      hclose(chooser);
      expect(log).to.deep.equal([1, "ECANCELED"]);
    });

    it("ends the wait of an empty list without a deadline", function* () {
      const chooser = go(codeOf(choose([], -1)));
      expect(yield* codeOf(join(chooser, 0))).to.equal("ETIMEDOUT");
      hclose(chooser);
    });

    it("is how it fails inside a handle's close", function* () {
      let code = "";
      const h = hmake({
        query: () => undefined,
        close: () => {
          try {
            choose([], 0)[Symbol.iterator]().next();
          } catch (error) {
            if (isErrno(error)) code = error.code;
          }
        },
      });
      hclose(h);
      expect(code).to.equal("ECANCELED");
    });
  });

  describe("errors", () => {
    it("EPIPE is a clause's result: its direction is done", function* () {
      const [a, b] = chmake<number>();
      chdone(a);
      const received = yield* choose([{ op: "recv", ch: b }], -1);
      expect(received.index).to.equal(0);
      expect(received.error).to.include({ code: "EPIPE", syscall: "choose" });
      const sent = yield* choose([{ op: "send", ch: a, value: 1 }], 0);
      expect([sent.index, sent.error?.code]).to.deep.equal([0, "EPIPE"]);
    });

    it("EPIPE is a clause's result: both ends are closed while it waits", function* () {
      const [a, b] = chmake<number>();
      const [, d] = chmake<number>();
      const chooser = go(
        (function* () {
          return yield* choose(
            [
              { op: "recv", ch: d },
              { op: "send", ch: a, value: 1 },
              { op: "recv", ch: a },
            ],
            -1,
          );
        })(),
      );
      hclose(a);
      hclose(b);
      const { index, error } = yield* join(chooser, -1);
      expect([index, error?.code]).to.deep.equal([2, "EPIPE"]);
    });

    it("EPIPE has its place in the list like any other result", function* () {
      const [a, b] = chmake<number>();
      const [c, d] = chmake<number>();
      const sender = go(send(c, 2));
      chdone(a);
      const clauses = [
        { op: "recv", ch: d },
        { op: "recv", ch: b },
      ] as const;
      expect((yield* choose(clauses, -1)).value).to.equal(2);
      expect((yield* choose(clauses, -1)).index).to.equal(1);
      yield* join(sender, -1);
    });

    it("EBADF: a clause's handle is not open", function* () {
      const [a, b] = chmake<number>();
      hclose(a);
      const error = yield* failureOf(
        choose(
          [
            { op: "recv", ch: b },
            { op: "recv", ch: a },
          ],
          -1,
        ),
      );
      expect(error).to.include({ code: "EBADF", syscall: "choose" });
    });

    it("ENOTSUP: a clause's handle is not a channel", function* () {
      const notChannel = bundle() as unknown as Channel<number>;
      const error = yield* failureOf(choose([{ op: "recv", ch: notChannel }], -1));
      expect(error).to.include({ code: "ENOTSUP", syscall: "choose" });
    });

    it("EINVAL: a clause is neither a send nor a receive", function* () {
      const [, b] = chmake<number>();
      for (const wrong of [{ op: "peek", ch: b }, { ch: b }, {}, null, undefined, 1]) {
        expect(yield* codeOf(choose([wrong as never], -1))).to.equal("EINVAL");
      }
    });

    it("EINVAL: it is no list", function* () {
      for (const wrong of [undefined, null, {}, 1, "recv"]) {
        expect(yield* codeOf(choose(wrong as never, -1))).to.equal("EINVAL");
      }
    });

    it("of a later clause don't matter when an earlier one can be carried out", function* () {
      const [a, b] = chmake<number>();
      const sender = go(send(a, 1));
      const clauses: ChooseClause<number>[] = [
        { op: "recv", ch: b },
        { op: "recv", ch: -7 as never },
      ];
      expect((yield* choose(clauses, -1)).value).to.equal(1);
      yield* join(sender, -1);
    });

    it("leave the earlier clauses as if nothing had happened", function* () {
      const [a, b] = chmake<number>();
      const clauses: ChooseClause<number>[] = [
        { op: "recv", ch: b },
        { op: "recv", ch: -7 as never },
      ];
      expect(yield* codeOf(choose(clauses, -1))).to.equal("EBADF");
      expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    });
  });

  describe("leaves nothing behind", () => {
    for (const [ending, end] of [
      ["its deadline hits", null],
      ["it is canceled", hclose],
    ] as const) {
      it(`when ${ending}`, function* () {
        const [a, b] = chmake<number>();
        const [c, d] = chmake<number>();
        const chooser = go(
          codeOf(
            choose(
              [
                { op: "recv", ch: b },
                { op: "send", ch: c, value: 1 },
                { op: "recv", ch: b },
              ],
              end === null ? now() + 1 : -1,
            ),
          ),
        );
        if (end === null) yield* join(chooser, -1);
        else end(chooser);
        expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
        expect(yield* codeOf(chrecv(d, 0))).to.equal("ETIMEDOUT");
      });
    }

    it("in the channels of the clauses that were not carried out", function* () {
      const channels = Array.from({ length: 50 }, () => chmake<number>());
      const chooser = go(
        (function* () {
          return yield* choose(
            channels.map(([, ch]) => ({ op: "recv", ch }) as const),
            -1,
          );
        })(),
      );
      for (const [i, [ch]] of channels.entries()) {
        if (i === 0) yield* chsend(ch, i, 0);
        else expect(yield* codeOf(chsend(ch, i, 0))).to.equal("ETIMEDOUT");
      }
      expect((yield* join(chooser, -1)).index).to.equal(0);
    });

    it("when an Effection program is halted in it", async () => {
      const [a, b] = chmake<number>();
      const task = runEffection(() => choose([{ op: "recv", ch: b }], -1));
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

function* sendAfterYield(ch: Channel<number>, message: number): Coroutine {
  yield;
  yield* chsend(ch, message, -1);
}

function* note(log: string[], operation: ReturnType<typeof chrecv>): Coroutine {
  const result = yield* operation;
  log.push(typeof result === "string" ? result : JSON.stringify(result));
}
