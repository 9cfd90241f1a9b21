import { getEventListeners } from "node:events";
import { expect } from "chai";
import { run as effectionRun, spawn } from "effection";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
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
  ipcAccept,
  ipcConnect,
  ipcListen,
  ipcPair,
  isErrno,
  join,
  msleep,
  now,
  run,
  type WaitClause,
} from "libdill-ts";
import { codeOf, codeOrNone, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";
import { tempDir } from "../support/tempDir.js";

function* valueLater<T>(value: T): Coroutine<T> {
  yield;
  return value;
}

function* failLater(error: Error): Coroutine<never> {
  yield;
  throw error;
}

/** A signal as of a polyfill, which calls the function when somebody listens to it. */
function signalCalling(call: () => void): AbortSignal {
  const signal = new AbortController().signal;
  signal.addEventListener = call;
  return signal;
}

function* forever(): Coroutine {
  yield* msleep(-1);
}

describe("choose, besides messages", () => {
  describe("join", () => {
    it("returns the value of a coroutine that has ended, or will", function* () {
      const h = go(valueLater(7));
      const later = yield* choose([{ op: "join", h }], -1);
      expect(later).to.deep.equal({ index: 0, value: 7 });
      expect(yield* choose([{ op: "join", h }], 0)).to.deep.equal({ index: 0, value: 7 });
      hclose(h);
    });

    it("returns the coroutine's error, of which its bundle says nothing any more", function* () {
      const b = bundle();
      const failed = new Error("mine");
      const task = bundleGo(b, failLater(failed));
      const result = yield* choose([{ op: "join", h: task }], -1);
      expect(result).to.deep.equal({ index: 0, error: failed });
      yield* bundleWait(b, 0);
      hclose(b);
    });

    it("leaves the error where it was, if another clause is chosen", function* () {
      const b = bundle();
      const [ch, far] = chmake<number>();
      const failed = new Error("mine");
      const task = bundleGo(b, failLater(failed));
      const sender = go(sendAtOnce(ch, 1));
      const clauses = [
        { op: "recv", ch: far },
        { op: "join", h: task },
      ] as const;
      expect(yield* choose(clauses, -1)).to.deep.equal({ index: 0, value: 1 });
      yield;
      expect(yield* thrownIn(bundleWait(b, -1))).to.equal(failed);
      for (const h of [b, sender, ch, far]) hclose(h);
    });

    it("is EBADF when the handle is closed meanwhile", function* () {
      const h = go(forever());
      const [ch, far] = chmake<number>();
      let code = "";
      const chooser = go(
        (function* () {
          code = yield* codeOf(
            choose(
              [
                { op: "recv", ch: far },
                { op: "join", h },
              ],
              -1,
            ),
          );
        })(),
      );
      hclose(h);
      yield* join(chooser, -1);
      expect(code).to.equal("EBADF");
      expect(yield* codeOf(chsend(ch, 1, 0))).to.equal("ETIMEDOUT");
      for (const other of [chooser, ch, far]) hclose(other);
    });
  });

  describe("bundleWait", () => {
    it("comes when the last coroutine of the bundle has ended", function* () {
      const b = bundle();
      expect(yield* choose([{ op: "bundleWait", b }], 0)).to.deep.equal({
        index: 0,
        value: undefined,
      });
      bundleGo(b, valueLater(1));
      expect(yield* codeOf(choose([{ op: "bundleWait", b }], 0))).to.equal("ETIMEDOUT");
      expect((yield* choose([{ op: "bundleWait", b }], -1)).index).to.equal(0);
      hclose(b);
    });

    it("returns an error that escaped one of them, once", function* () {
      const b = bundle();
      const failed = new Error("mine");
      bundleGo(b, failLater(failed));
      bundleGo(b, forever());
      const result = yield* choose([{ op: "bundleWait", b }], -1);
      expect(result.error).to.equal(failed);
      hclose(b);
    });

    it("is EBADF when the bundle is closed meanwhile", function* () {
      const b = bundle();
      bundleGo(b, forever());
      let code = "";
      const chooser = go(
        (function* () {
          code = yield* codeOf(choose([{ op: "bundleWait", b }], -1));
        })(),
      );
      hclose(b);
      yield* join(chooser, -1);
      expect(code).to.equal("EBADF");
      hclose(chooser);
    });
  });

  describe("a signal whose listener's removal runs code of the user's", () => {
    function withRemoval(removed: () => void): AbortSignal {
      const { signal } = new AbortController();
      const remove = signal.removeEventListener.bind(signal);
      signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
        remove(...args);
        removed();
      };
      return signal;
    }

    it("that cancels the receiver: the receiver has its message first", function* () {
      const [a, b] = chmake<string>();
      const received: unknown[] = [];
      const closing = withRemoval(() => hclose(receiver));
      const receiver = go(
        (function* () {
          const clauses = [
            { op: "recv", ch: b },
            { op: "abort", signal: closing },
          ] as const;
          received.push((yield* choose(clauses, -1)).value);
        })(),
      );
      yield* chsend(a, "the message", -1);
      expect(received).to.deep.equal(["the message"]);
      for (const h of [a, b]) hclose(h);
    });

    it("that sends to another clause: that message finds nobody, and stays with its sender", function* () {
      const [a, b] = chmake<string>();
      const [c, d] = chmake<string>();
      const senders = bundle();
      const signal = withRemoval(() => void bundleGo(senders, send(c, "second")));
      const receiver = go(
        (function* () {
          const clauses = [
            { op: "recv", ch: b },
            { op: "abort", signal },
            { op: "recv", ch: d },
          ] as const;
          expect((yield* choose(clauses, -1)).value).to.equal("first");
          expect(yield* chrecv(d, now() + 10)).to.equal("second");
        })(),
      );
      yield* chsend(a, "first", -1);
      yield* bundleWait(receiver, -1);
      for (const h of [receiver, senders, a, b, c, d]) hclose(h);
    });

    function* send(ch: Channel<string>, message: string): Coroutine {
      yield* chsend(ch, message, -1);
    }
  });

  describe("until", () => {
    it("returns what the promise was fulfilled with", function* () {
      const promise = Promise.resolve("now");
      expect(yield* choose([{ op: "until", promise }], -1)).to.deep.equal({
        index: 0,
        value: "now",
      });
      // Known by now, so that it is there at once.
      expect((yield* choose([{ op: "until", promise }], 0)).value).to.equal("now");
    });

    it("returns what it was rejected with", function* () {
      const reason = new Error("mine");
      const result = yield* choose([{ op: "until", promise: Promise.reject(reason) }], -1);
      expect(result).to.deep.equal({ index: 0, error: reason });
    });

    it("handles the rejection of a promise whose clause was never reached", function* () {
      const rejections: unknown[] = [];
      const note = (reason: unknown): void => void rejections.push(reason);
      process.on("unhandledRejection", note);
      const [ended, far] = chmake<number>();
      chdone(far);
      const clause = (): WaitClause => ({
        op: "until",
        promise: Promise.reject(new Error("late")),
      });
      const first = yield* choose([{ op: "recv", ch: ended }, clause()], -1);
      expect(first.index).to.equal(0);
      expect(yield* codeOf(choose([{ op: "join", h: -7 as never }, clause()], -1))).to.equal(
        "EBADF",
      );
      expect(yield* codeOf(choose([clause()], Number.NaN))).to.equal("EINVAL");
      const past = yield* choose([{ op: "deadline", deadline: 0 }, clause()], -1);
      expect(past.index).to.equal(0);
      yield* msleep(now() + 5);
      process.off("unhandledRejection", note);
      expect(rejections).to.deep.equal([]);
    });

    it("does not pile up reactions on a promise that is waited for in a loop", function* () {
      let reactions = 0;
      const promise = {
        // oxlint-disable-next-line unicorn/no-thenable -- it counts
        then() {
          reactions += 1;
          return this;
        },
      } as unknown as PromiseLike<number>;
      const [ch, far] = chmake<number>();
      const sender = go(
        (function* () {
          for (let i = 0; i < 100; i++) yield* chsend(ch, i, -1);
        })(),
      );
      for (let i = 0; i < 100; i++) {
        const { index } = yield* choose(
          [
            { op: "until", promise },
            { op: "recv", ch: far },
          ],
          -1,
        );
        expect(index).to.equal(1);
      }
      expect(reactions).to.equal(1);
      for (const h of [sender, ch, far]) hclose(h);
    });
  });

  describe("abort", () => {
    it("whose signal calls senders as it is listened to, takes the message of one of them", function* () {
      const [ch1, far1] = chmake<string>();
      const [ch2, far2] = chmake<string>();
      const b = bundle();
      const sent: string[] = [];
      const signal = signalCalling(() => {
        bundleGo(b, send(far1));
        bundleGo(b, send(far2));
      });
      const result = yield* choose(
        [
          { op: "recv", ch: ch1 },
          { op: "recv", ch: ch2 },
          { op: "abort", signal },
        ],
        -1,
      );
      expect(result).to.deep.equal({ index: 0, value: "message" });
      yield* bundleWait(b, -1); // where the turn is over, a sender hears of its result a little later
      expect(sent).to.deep.equal(["none", "ETIMEDOUT"]);
      hclose(b);

      function* send(ch: typeof far1): Coroutine {
        sent.push(yield* codeOrNone(chsend(ch, "message", 0)));
      }
    });

    it("whose signal makes others come as it is listened to, is not chosen", function* () {
      const [ch, far] = chmake<string>();
      const b = bundle();
      const ending = bundle();
      const h = bundleGo(ending, forever());
      const message = signalCalling(() => void bundleGo(b, send(ch)));
      const received = yield* choose(
        [
          { op: "abort", signal: message },
          { op: "recv", ch: far },
        ],
        -1,
      );
      expect(received).to.deep.equal({ index: 1, value: "message" });
      const end = signalCalling(() => void bundleGo(b, close(ending)));
      const ended = yield* choose(
        [
          { op: "abort", signal: end },
          { op: "join", h },
        ],
        -1,
      );
      expect([ended.index, isErrno(ended.error, "ECANCELED")]).to.deep.equal([1, true]);
      hclose(b);

      function* send(to: typeof ch): Coroutine {
        yield* chsend(to, "message", -1);
      }

      function* close(closed: typeof b): Coroutine {
        hclose(closed);
      }
    });

    it("returns the reason of a signal, and leaves no listener", function* () {
      const controller = new AbortController();
      const { signal } = controller;
      const [ch, far] = chmake<number>();
      const clauses = [
        { op: "recv", ch: far },
        { op: "abort", signal },
      ] as const;
      expect(yield* codeOf(choose(clauses, now() + 1))).to.equal("ETIMEDOUT");
      expect(getEventListeners(signal, "abort")).to.have.lengthOf(0);
      const sender = go(sendAtOnce(ch, 1));
      expect((yield* choose(clauses, -1)).index).to.equal(0);
      queueMicrotask(() => controller.abort("enough"));
      expect(yield* choose(clauses, -1)).to.deep.equal({ index: 1, value: "enough" });
      expect(getEventListeners(signal, "abort")).to.have.lengthOf(0);
      expect((yield* choose(clauses, -1)).index).to.equal(1);
      for (const h of [sender, ch, far]) hclose(h);
    });
  });

  describe("readable", () => {
    it("comes when a socket has got bytes, and takes none of them", function* () {
      const [a, b] = yield* ipcPair();
      const clauses = [{ op: "readable", s: b }] as const;
      expect(yield* codeOf(choose(clauses, 0))).to.equal("ETIMEDOUT");
      const chooser = go(
        (function* () {
          return yield* choose(clauses, -1);
        })(),
      );
      yield* bsend(a, Buffer.from("abc"), -1);
      expect(yield* join(chooser, -1)).to.deep.equal({ index: 0, value: undefined });
      expect((yield* choose(clauses, 0)).index).to.equal(0);
      expect(String(yield* brecv(b, 3, 0))).to.equal("abc");
      for (const h of [chooser, a, b]) hclose(h);
    });

    it("comes when the peer has closed", function* () {
      const [a, b] = yield* ipcPair();
      hclose(a);
      expect((yield* choose([{ op: "readable", s: b }], -1)).index).to.equal(0);
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
      hclose(b);
    });

    it("comes when a listener has got a connection, which the next accept gets", function* () {
      const path = `${tempDir()}/s`;
      const ls = yield* ipcListen(path, 10);
      const client = go(
        (function* () {
          return yield* ipcConnect(path, -1);
        })(),
      );
      expect((yield* choose([{ op: "readable", s: ls }], -1)).index).to.equal(0);
      const accepted = yield* ipcAccept(ls, 0);
      for (const h of [yield* join(client, -1), accepted, client, ls]) hclose(h);
    });

    it("keeps others from receiving meanwhile, and is kept from it by them: EBUSY", function* () {
      const [a, b] = yield* ipcPair();
      const clauses = [{ op: "readable", s: b }] as const;
      const chooser = go(
        (function* () {
          yield* choose(clauses, -1);
        })(),
      );
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EBUSY");
      hclose(chooser);
      const receiver = go(
        (function* () {
          yield* brecv(b, 1, -1);
        })(),
      );
      expect(yield* codeOf(choose(clauses, -1))).to.equal("EBUSY");
      for (const h of [receiver, a, b]) hclose(h);
    });

    it("leaves the socket as it was when it is cut short", function* () {
      const [a, b] = yield* ipcPair();
      const clauses = [{ op: "readable", s: b }] as const;
      expect(yield* codeOf(choose(clauses, now() + 1))).to.equal("ETIMEDOUT");
      hclose(go(choosing(clauses)));
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("x");
      for (const h of [a, b]) hclose(h);
    });

    it("is EBADF when the socket, or the listener, is closed meanwhile", function* () {
      const [a, b] = yield* ipcPair();
      const ls = yield* ipcListen(`${tempDir()}/s`, 10);
      for (const s of [b, ls]) {
        let code = "";
        const chooser = go(
          (function* () {
            code = yield* codeOf(choose([{ op: "readable", s }], -1));
          })(),
        );
        hclose(s);
        yield* join(chooser, -1);
        expect(code).to.equal("EBADF");
        hclose(chooser);
      }
      hclose(a);
    });
  });

  describe("deadline", () => {
    it("is a clause that comes in its time, and no error", function* () {
      const [ch, far] = chmake<number>();
      const due = now() + 2;
      const result = yield* choose(
        [
          { op: "recv", ch: far },
          { op: "deadline", deadline: now() + 10_000 },
          { op: "deadline", deadline: due },
        ],
        now() + 20_000,
      );
      expect(result).to.deep.equal({ index: 2 });
      expect(now()).to.be.at.least(due);
      for (const h of [ch, far]) hclose(h);
    });

    it("that is past is chosen in its place in the list", function* () {
      const [ch, far] = chmake<number>();
      const sender = go(sendAtOnce(ch, 5));
      const late = { op: "deadline", deadline: 0 } as const;
      expect((yield* choose([late, { op: "recv", ch: far }], -1)).index).to.equal(0);
      expect((yield* choose([{ op: "recv", ch: far }, late], -1)).index).to.equal(0);
      for (const h of [sender, ch, far]) hclose(h);
    });

    it("gives way to an earlier one of the whole, which is ETIMEDOUT", function* () {
      const clauses = [{ op: "deadline", deadline: now() + 10_000 }] as const;
      expect(yield* codeOf(choose(clauses, now() + 1))).to.equal("ETIMEDOUT");
    });
  });

  it("commits one clause, and the others have no effect at all", function* () {
    const [a, b] = yield* ipcPair();
    const [ch, far] = chmake<number>();
    const controller = new AbortController();
    const child = go(forever());
    const all = bundle();
    bundleGo(all, forever());
    const clauses = [
      { op: "recv", ch: far },
      { op: "join", h: child },
      { op: "bundleWait", b: all },
      { op: "until", promise: new Promise<never>(() => {}) },
      { op: "abort", signal: controller.signal },
      { op: "readable", s: b },
      { op: "deadline", deadline: now() + 100_000 },
    ] as const;
    const chooser = go(choosing(clauses));
    yield* chsend(ch, 1, -1);
    yield* bsend(a, Buffer.from("x"), -1);
    controller.abort();
    yield* join(chooser, -1);
    expect(String(yield* brecv(b, 1, -1))).to.equal("x");
    expect(yield* codeOf(chsend(ch, 2, 0))).to.equal("ETIMEDOUT");
    for (const h of [chooser, child, all, a, b, ch, far]) hclose(h);
  });

  it("takes a result that has come before the coroutine is canceled", function* () {
    const target = go(valueLater(3));
    let value: unknown;
    const chooser = go(
      (function* () {
        value = (yield* choose([{ op: "join", h: target }], -1)).value;
      })(),
    );
    yield;
    hclose(chooser);
    expect(value).to.equal(3);
    hclose(target);
  });

  it("is EINVAL for what is no clause, and ENOTSUP for a handle of another kind", function* () {
    const other = hmake({ query: () => undefined, close() {} });
    const [ch, far] = chmake<number>();
    const [a, b] = yield* ipcPair();
    const bad: [unknown, string][] = [
      [{ op: "until", promise: 1 }, "EINVAL"],
      [{ op: "abort", signal: {} }, "EINVAL"],
      [{ op: "deadline", deadline: NaN }, "EINVAL"],
      [{ op: "reads", s: b }, "EINVAL"],
      [undefined, "EINVAL"],
      [{ op: "readable", s: other }, "ENOTSUP"],
      [{ op: "join", h: other }, "ENOTSUP"],
      [{ op: "bundleWait", b: other }, "ENOTSUP"],
      [{ op: "readable", s: 12_345 }, "EBADF"],
    ];
    for (const [clause, code] of bad) {
      const clauses = [{ op: "recv", ch: far }, clause] as unknown as ChooseClause[];
      expect(yield* codeOf(choose(clauses, -1))).to.equal(code);
    }
    expect(yield* codeOf(chsend(ch, 2, 0))).to.equal("ETIMEDOUT");
    for (const h of [other, ch, far, a, b]) hclose(h);
  });

  it("in an Effection program, is halted and leaves nothing behind", async () => {
    await run(
      (function* () {
        const [a, b] = yield* ipcPair();
        const controller = new AbortController();
        const { signal } = controller;
        const outcome = effectionRun(function* () {
          const task = yield* spawn(function* () {
            yield* choose(
              [
                { op: "readable", s: b },
                { op: "abort", signal },
              ],
              -1,
            );
          });
          yield* msleep(now() + 1);
          yield* task.halt();
        });
        yield* choose([{ op: "until", promise: outcome }], -1);
        expect(getEventListeners(signal, "abort")).to.have.lengthOf(0);
        yield* bsend(a, Buffer.from("x"), -1);
        expect(String(yield* brecv(b, 1, -1))).to.equal("x");
        for (const h of [a, b]) hclose(h);
      })(),
    );
  });
});

function* choosing(clauses: readonly (ChooseClause | WaitClause)[]): Coroutine {
  yield* choose(clauses, -1);
}

function* sendAtOnce(ch: ReturnType<typeof chmake<number>>[0], value: number): Coroutine {
  yield* chsend(ch, value, -1);
}
