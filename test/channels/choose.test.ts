import { expect } from "chai";
import { run as runEffection, sleep, spawn } from "effection";
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
  hmake,
  join,
  msleep,
  now,
  type Operation,
  type ReceiveClause,
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

function* asCoroutine<T>(operation: Operation<T>): Coroutine<T> {
  return yield* operation;
}

describe("choose", () => {
  it("receives from a sender who waits already", function* () {
    const [a, b] = chmake<number>();
    const sender = go(send(a, 555));
    const result = yield* choose([{ op: "recv", ch: b }], -1);
    expect(result).to.deep.equal({ index: 0, value: 555 });
    close(sender, a, b);
  });

  it("receives from a sender who comes later", function* () {
    const [a, b] = chmake<number>();
    const sender = go(
      (function* (): Coroutine {
        yield;
        yield* chsend(a, 666, -1);
      })(),
    );
    const result = yield* choose([{ op: "recv", ch: b }], -1);
    expect(result).to.deep.equal({ index: 0, value: 666 });
    close(sender, a, b);
  });

  it("sends to a receiver who waits already", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(receive(b));
    const result = yield* choose([{ op: "send", ch: a, value: 777 }], -1);
    expect(result).to.deep.equal({ index: 0, value: undefined });
    expect(yield* join(receiver, -1)).to.equal(777);
    close(receiver, a, b);
  });

  it("sends to a receiver who comes later", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(
      (function* (): Coroutine<number> {
        yield;
        return yield* chrecv(b, -1);
      })(),
    );
    const result = yield* choose([{ op: "send", ch: a, value: 888 }], -1);
    expect(result).to.deep.equal({ index: 0, value: undefined });
    expect(yield* join(receiver, -1)).to.equal(888);
    close(receiver, a, b);
  });

  it("tells by index which channel it was", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const clauses = [
      { op: "recv", ch: b },
      { op: "recv", ch: d },
    ] as const;
    const second = go(send(c, 555));
    expect(yield* choose(clauses, -1)).to.deep.equal({ index: 1, value: 555 });
    const first = go(
      (function* (): Coroutine {
        yield;
        yield* chsend(a, 666, -1);
      })(),
    );
    expect(yield* choose(clauses, -1)).to.deep.equal({ index: 0, value: 666 });
    close(first, second, a, b, c, d);
  });

  it("takes the first in the list when several are ready; the others have not happened", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const first = go(send(a, 1));
    const second = go(send(c, 2));
    const clauses = [
      { op: "recv", ch: d },
      { op: "recv", ch: b },
    ] as const;
    expect(yield* choose(clauses, -1)).to.deep.equal({ index: 0, value: 2 });
    expect(yield* choose(clauses, -1)).to.deep.equal({ index: 1, value: 1 });
    expect(yield* outcomeOf(choose(clauses, 0))).to.equal("ETIMEDOUT");
    close(first, second, a, b, c, d);
  });

  it("takes the first to become possible, wherever it is listed", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const chooser = go(
      asCoroutine(
        choose(
          [
            { op: "recv", ch: b },
            { op: "recv", ch: d },
          ],
          -1,
        ),
      ),
    );
    yield* chsend(c, 2, -1);
    expect(yield* outcomeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    expect(yield* join(chooser, -1)).to.deep.equal({ index: 1, value: 2 });
    close(chooser, a, b, c, d);
  });

  it("serves senders and receivers first come, first served, choosing again and again", function* () {
    const [a, b] = chmake<number>();
    const senders = [888, 999].map((n) => go(send(a, n)));
    for (const value of [888, 999]) {
      expect(yield* choose([{ op: "recv", ch: b }], -1)).to.deep.equal({ index: 0, value });
    }
    const receivers = [go(receive(b)), go(receive(b))] as const;
    yield* choose([{ op: "send", ch: a, value: 333 }], -1);
    yield* choose([{ op: "send", ch: a, value: 444 }], -1);
    expect(yield* join(receivers[0], -1)).to.equal(333);
    expect(yield* join(receivers[1], -1)).to.equal(444);
    close(...senders, ...receivers, a, b);
  });

  it("waits in line with plain sends and receives", function* () {
    const [a, b] = chmake<number>();
    const plain = go(receive(b));
    const chooser = go(asCoroutine(choose([{ op: "recv", ch: b }], -1)));
    const last = go(receive(b));
    for (const n of [1, 2, 3]) yield* chsend(a, n, -1);
    expect(yield* join(plain, -1)).to.equal(1);
    expect(yield* join(chooser, -1)).to.deep.equal({ index: 0, value: 2 });
    expect(yield* join(last, -1)).to.equal(3);
    close(plain, chooser, last, a, b);
  });

  it("meets another choose", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const sender = go(
      asCoroutine(
        choose(
          [
            { op: "recv", ch: d },
            { op: "send", ch: a, value: 111 },
          ],
          -1,
        ),
      ),
    );
    const result = yield* choose(
      [
        { op: "recv", ch: c },
        { op: "recv", ch: b },
      ],
      -1,
    );
    expect(result).to.deep.equal({ index: 1, value: 111 });
    expect(yield* join(sender, -1)).to.deep.equal({ index: 1, value: undefined });
    expect(yield* outcomeOf(chsend(c, 1, 0))).to.equal("ETIMEDOUT");
    close(sender, a, b, c, d);
  });

  it("never meets itself", function* () {
    const [a, b] = chmake<number>();
    const both = choose(
      [
        { op: "send", ch: a, value: 1 },
        { op: "recv", ch: b },
      ],
      now() + 5,
    );
    expect(yield* outcomeOf(both)).to.equal("ETIMEDOUT");
    close(a, b);
  });

  it("meets another choose with the same clauses, each once", function* () {
    const [a, b] = chmake<string>();
    const pick = (value: string) =>
      choose(
        [
          { op: "send", ch: a, value },
          { op: "recv", ch: b },
        ],
        -1,
      );
    const first = go(asCoroutine(pick("first")));
    const second = go(asCoroutine(pick("second")));
    // The second one's send is listed first, and the first one's receive is there.
    expect(yield* join(second, -1)).to.deep.equal({ index: 0, value: undefined });
    expect(yield* join(first, -1)).to.deep.equal({ index: 1, value: "second" });
    close(first, second, a, b);
  });

  it("takes the same channel listed twice, and the first of the two wins", function* () {
    const [a, b] = chmake<number>();
    const twice = [
      { op: "recv", ch: b },
      { op: "recv", ch: b },
    ] as const;
    expect(yield* outcomeOf(choose(twice, now() + 20))).to.equal("ETIMEDOUT");
    const chooser = go(asCoroutine(choose(twice, -1)));
    yield* chsend(a, 1, -1);
    expect(yield* outcomeOf(chsend(a, 2, 0))).to.equal("ETIMEDOUT");
    expect(yield* join(chooser, -1)).to.deep.equal({ index: 0, value: 1 });
    close(chooser, a, b);
  });

  it("reports the EPIPE of a done channel as the clause's error", function* () {
    const [a, b] = chmake<number>();
    chdone(a);
    for (const clause of [
      { op: "recv", ch: b },
      { op: "send", ch: a, value: 1 },
    ] as const) {
      const { index, error } = yield* choose([clause], -1);
      expect(index).to.equal(0);
      expect(error).to.include({ code: "EPIPE", syscall: "choose" });
    }
    close(a, b);
  });

  it("reports EPIPE with the index when chdone comes while it waits", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const chooser = go(
      asCoroutine(
        choose(
          [
            { op: "recv", ch: d },
            { op: "recv", ch: b },
          ],
          -1,
        ),
      ),
    );
    chdone(a);
    const { index, error } = yield* join(chooser, -1);
    expect([index, error?.code]).to.deep.equal([1, "EPIPE"]);
    close(chooser, a, b, c, d);
  });

  it("stays blocked when one end is closed, and reports EPIPE when both are", function* () {
    const [a, b] = chmake<number>();
    const chooser = go(asCoroutine(choose([{ op: "recv", ch: b }], -1)));
    hclose(a);
    yield;
    expect(yield* outcomeOf(join(chooser, 0))).to.equal("ETIMEDOUT");
    hclose(b);
    expect((yield* join(chooser, -1)).error?.code).to.equal("EPIPE");
    hclose(chooser);
  });

  it("is broken once when a channel breaks that it sends to and receives from", function* () {
    const [a, b] = chmake<number>();
    const chooser = go(
      asCoroutine(
        choose(
          [
            { op: "recv", ch: a },
            { op: "send", ch: a, value: 1 },
            { op: "recv", ch: b },
            { op: "send", ch: b, value: 2 },
          ],
          -1,
        ),
      ),
    );
    close(a, b);
    expect((yield* join(chooser, -1)).error?.code).to.equal("EPIPE");
    hclose(chooser);
  });

  it("does not look at the clauses behind the one that fires", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    close(c, d);
    const sender = go(send(a, 1));
    const clauses = [
      { op: "recv", ch: b },
      { op: "recv", ch: c },
    ] as const;
    expect((yield* choose(clauses, -1)).index).to.equal(0);
    close(sender, a, b);
  });

  it("chooses anew each time the same operation is run", function* () {
    const [a, b] = chmake<number>();
    const operation = choose([{ op: "recv", ch: b }], -1);
    const sender = go(send(a, 1, 2));
    expect((yield* operation).value).to.equal(1);
    expect((yield* operation).value).to.equal(2);
    close(sender, a, b);
  });

  it("does nothing until the yield*", function* () {
    const [a, b] = chmake<number>();
    const sender = go(send(a, 1));
    const operation = choose([{ op: "recv", ch: b }], -1);
    expect(yield* outcomeOf(join(sender, 0))).to.equal("ETIMEDOUT");
    expect((yield* operation).value).to.equal(1);
    close(sender, a, b);
  });

  it("runs inside an Effection program", async () => {
    const [a, b] = chmake<number>();
    const [quit, told] = chmake<string>();
    const got = await runEffection(function* () {
      const sender = yield* spawn(function* () {
        yield* chsend(a, 1, -1);
        yield* sleep(1);
        yield* chsend(quit, "enough", -1);
      });
      const values: unknown[] = [];
      for (let i = 0; i < 2; i++) {
        const clauses = [
          { op: "recv", ch: told },
          { op: "recv", ch: b },
        ] as const;
        values.push((yield* choose(clauses, -1)).value);
      }
      yield* sender;
      return values;
    });
    expect(got).to.deep.equal([1, "enough"]);
    close(a, b, quit, told);
  });

  it("carries nothing out when Effection halts the task", async () => {
    const [a, b] = chmake<number>();
    const task = runEffection(() =>
      choose(
        [
          { op: "recv", ch: b },
          { op: "send", ch: b, value: 1 },
        ],
        -1,
      ),
    );
    await task.halt();
    expect(await run(outcomeOf(chsend(a, 1, 0)))).to.equal("ETIMEDOUT");
    expect(await run(outcomeOf(chrecv(a, 0)))).to.equal("ETIMEDOUT");
    close(a, b);
    await task.catch(() => {}); // a halted task rejects
  });

  describe("deadline", () => {
    it("0 does not wait: ETIMEDOUT on an idle channel", function* () {
      const [a, b] = chmake<number>();
      expect(yield* outcomeOf(choose([{ op: "recv", ch: b }], 0))).to.equal("ETIMEDOUT");
      expect(yield* outcomeOf(choose([{ op: "send", ch: b, value: 1 }], 0))).to.equal("ETIMEDOUT");
      close(a, b);
    });

    it("0 and one in the past carry out what is ready", function* () {
      const [a, b] = chmake<number>();
      const sender = go(send(a, 1, 2));
      expect((yield* choose([{ op: "recv", ch: b }], 0)).value).to.equal(1);
      yield;
      expect((yield* choose([{ op: "recv", ch: b }], now() - 100)).value).to.equal(2);
      close(sender, a, b);
    });

    it("throws ETIMEDOUT when it hits, not early", function* () {
      const [a, b] = chmake<number>();
      const deadline = now() + 50;
      expect(yield* outcomeOf(choose([{ op: "recv", ch: b }], deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
      close(a, b);
    });

    it("does not hit when a message came before it", function* () {
      const [a, b] = chmake<number>();
      const sender = go(
        (function* (): Coroutine {
          yield* msleep(now() + 5);
          yield* chsend(a, 4, -1);
        })(),
      );
      const result = yield* choose([{ op: "recv", ch: b }], now() + 4000);
      expect(result).to.deep.equal({ index: 0, value: 4 });
      close(sender, a, b);
    });

    it("is what an empty list waits for", function* () {
      expect(yield* outcomeOf(choose([], 0))).to.equal("ETIMEDOUT");
      const deadline = now() + 10;
      expect(yield* outcomeOf(choose([], deadline))).to.equal("ETIMEDOUT");
      expect(now()).to.be.at.least(deadline);
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED from a blocked choose, and from the next", function* () {
      const [a, b] = chmake<number>();
      const codes: string[] = [];
      const chooser = go(
        (function* (): Coroutine {
          codes.push(yield* outcomeOf(choose([{ op: "recv", ch: b }], -1)));
          codes.push(yield* outcomeOf(choose([], -1)));
          codes.push(yield* outcomeOf(choose([{ op: "recv", ch: b }], 0)));
        })(),
      );
      hclose(chooser);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED", "ECANCELED"]);
      close(a, b);
    });

    it("carries out none of the clauses", function* () {
      const [a, b] = chmake<number>();
      const chooser = go(
        outcomeOf(
          choose(
            [
              { op: "send", ch: a, value: 1 },
              { op: "recv", ch: a },
            ],
            -1,
          ),
        ),
      );
      hclose(chooser);
      expect(yield* outcomeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
      expect(yield* outcomeOf(chsend(b, 1, 0))).to.equal("ETIMEDOUT");
      close(a, b);
    });

    it("comes after a message that was handed over", function* () {
      const [a, b] = chmake<number>();
      const got: unknown[] = [];
      const chooser = go(
        (function* (): Coroutine {
          got.push(yield* choose([{ op: "recv", ch: b }], -1));
        })(),
      );
      yield* chsend(a, 5, -1);
      hclose(chooser);
      expect(got).to.deep.equal([{ index: 0, value: 5 }]);
      close(a, b);
    });

    it("throws ECANCELED inside a handle's close", () => {
      let code: unknown = "";
      const closeIt = (): void => {
        code = outcomeOf(choose([], 0)).next().value;
      };
      hclose(hmake({ query: () => undefined, close: closeIt }));
      expect(code).to.equal("ECANCELED");
    });
  });

  describe("errors", () => {
    it("throws EBADF for a clause whose handle is closed, and nobody waits anywhere", function* () {
      const [a, b] = chmake<number>();
      const [c, d] = chmake<number>();
      close(c, d);
      const clauses = [
        { op: "recv", ch: b },
        { op: "recv", ch: c },
      ] as const;
      const error = yield* failureOf(choose(clauses, -1));
      expect(error).to.include({ code: "EBADF", syscall: "choose" });
      expect(yield* outcomeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
      close(a, b);
    });

    it("throws ENOTSUP for a clause whose handle is no channel", function* () {
      const b = bundle();
      const error = yield* failureOf(
        choose([{ op: "recv", ch: b as unknown as Channel<number> }], -1),
      );
      expect(error).to.include({ code: "ENOTSUP", syscall: "choose" });
      hclose(b);
    });

    for (const deadline of [Number.NaN, -2]) {
      it(`throws EINVAL for the deadline ${deadline}`, function* () {
        expect(yield* outcomeOf(choose([], deadline))).to.equal("EINVAL");
      });
    }

    for (const [what, clauses] of [
      ["a clause that is neither", [{ op: "peek", ch: 1 }]],
      ["a clause that is missing", [undefined]],
      ["no list", undefined],
    ] as const) {
      it(`throws EINVAL for ${what}`, function* () {
        const error = yield* failureOf(choose(clauses as unknown as ReceiveClause[], -1));
        expect(error).to.include({ code: "EINVAL", syscall: "choose" });
      });
    }

    it("throws ETIMEDOUT with the function's name", function* () {
      expect(yield* failureOf(choose([], 0))).to.include({ code: "ETIMEDOUT", syscall: "choose" });
    });
  });

  describe("leaves nothing behind", () => {
    it("in the channels that were not chosen", function* () {
      const channels = Array.from({ length: 20 }, () => chmake<number>());
      const clauses = channels.map(([, b]) => ({ op: "recv", ch: b }) as const);
      for (let round = 0; round < 100; round++) {
        const chooser = go(asCoroutine(choose(clauses, -1)));
        const picked = round % channels.length;
        yield* chsend((channels[picked] as (typeof channels)[0])[0], round, -1);
        expect(yield* join(chooser, -1)).to.deep.equal({ index: picked, value: round });
        hclose(chooser);
      }
      for (const [a] of channels) expect(yield* outcomeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
      close(...channels.flat());
    });

    it("when it times out", function* () {
      const [a, b] = chmake<number>();
      for (let i = 0; i < 50; i++) {
        const clauses = [
          { op: "recv", ch: b },
          { op: "send", ch: b, value: i },
        ] as const;
        expect(yield* outcomeOf(choose(clauses, now() + (i % 3)))).to.equal("ETIMEDOUT");
      }
      expect(yield* outcomeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
      expect(yield* outcomeOf(chrecv(a, 0))).to.equal("ETIMEDOUT");
      close(a, b);
    });
  });
});
