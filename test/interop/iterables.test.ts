import { EventEmitter, getEventListeners } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { run as effectionRun, spawn } from "effection";
import {
  bundle,
  bundleGo,
  chdone,
  chmake,
  chrecv,
  chsend,
  type Channel,
  type Coroutine,
  type Emit,
  go,
  type Handle,
  hclose,
  hmake,
  iterate,
  join,
  messagesOf,
  msleep,
  now,
  run,
  scope,
  sendAll,
  sendEvents,
  until,
  withDeadline,
} from "libdill-ts";
import { codeOf, codeOrNone, rejectionOf, thrownIn } from "../support/failure.js";
import { itBoth as it, it as itOnNode } from "../support/it.js";

describe("sendAll", () => {
  it("sends the items of an iterable, async or not, and leaves the channel open", function* () {
    const [ch, far] = chmake<number | string>();
    const sender = go(
      (function* () {
        yield* sendAll(ch, [1, 2], -1);
        yield* sendAll(ch, Readable.from(["a", "b"]), -1);
        chdone(ch);
      })(),
    );
    expect(yield* drain(far)).to.deep.equal([1, 2, "a", "b"]);
    yield* join(sender, -1);
    for (const h of [sender, ch, far]) hclose(h);
  });

  it("asks for an item when the one before has been received", function* () {
    const [ch, far] = chmake<number>();
    let asked = 0;
    function* counting(): Generator<number> {
      for (;;) yield (asked += 1);
    }
    const sender = go(sending(ch, counting()));
    for (let i = 1; i <= 5; i++) {
      yield* msleep(now() + 1);
      expect(asked).to.equal(i);
      expect(yield* chrecv(far, -1)).to.equal(i);
    }
    for (const h of [sender, ch, far]) hclose(h);
  });

  itOnNode(
    "sends items that are there to receivers that wait, also where nothing may wait",
    function* () {
      const [ch, far] = chmake<number>();
      const receivers = bundle();
      const received = [1, 2].map(() => bundleGo(receivers, receiving(far)));
      yield* withDeadline(0, () => sending(ch, [1, 2]));
      const items: number[] = [];
      for (const task of received) items.push(yield* join(task, -1));
      expect(items).to.deep.equal([1, 2]);
      for (const h of [receivers, ch, far]) hclose(h);
    },
  );

  it("calls the iterator's return when it is cut short while it sends, and the run waits for it", async () => {
    const log: string[] = [];
    async function* items(): AsyncGenerator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        await sleep(2);
        log.push("returned");
      }
    }
    await run(
      (function* () {
        const [ch, far] = chmake<number>();
        const sender = go(sending(ch, items()));
        expect(yield* chrecv(far, -1)).to.equal(1);
        yield* msleep(now() + 1);
        hclose(sender);
        log.push("closed");
        for (const h of [ch, far]) hclose(h);
      })(),
    );
    expect(log).to.deep.equal(["closed", "returned"]);
  });

  it("calls return, and waits for nothing, when an item is still to come", async () => {
    let returned = 0;
    const never: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return() {
          returned += 1;
          return Promise.reject(new Error("nobody hears of it"));
        },
      }),
    };
    await run(
      (function* () {
        const [ch, far] = chmake<number>();
        expect(yield* codeOf(sendAll(ch, never, now() + 1))).to.equal("ETIMEDOUT");
        for (const h of [ch, far]) hclose(h);
      })(),
    );
    expect(returned).to.equal(1);
  });

  it("throws what the iterable throws, and EPIPE when nobody will receive", function* () {
    const [ch, far] = chmake<number>();
    const mine = new Error("mine");
    let returned = 0;
    const failing = {
      [Symbol.asyncIterator]: () => ({
        next: (): Promise<IteratorResult<number>> => Promise.reject(mine),
        async return() {
          returned += 1;
          return { done: true as const, value: undefined };
        },
      }),
    };
    expect(yield* thrownIn(sendAll(ch, failing, -1))).to.equal(mine);
    expect(returned).to.equal(0);
    chdone(ch);
    expect(yield* codeOf(sendAll(ch, [1], -1))).to.equal("EPIPE");
    for (const h of [ch, far]) hclose(h);
  });

  it("is EINVAL for what is no iterable, or no deadline", function* () {
    const [ch, far] = chmake<number>();
    for (const given of [1, null, undefined, {}]) {
      expect(yield* codeOf(sendAll(ch, given as never, -1))).to.equal("EINVAL");
    }
    expect(yield* codeOf(sendAll(ch, [1], NaN))).to.equal("EINVAL");
    for (const h of [ch, far]) hclose(h);
  });

  it("in an Effection program is halted, and returns", async () => {
    let returned = 0;
    function* items(): Generator<number> {
      try {
        for (;;) yield 1;
      } finally {
        returned += 1;
      }
    }
    await effectionRun(function* () {
      const [ch, far] = chmake<number>();
      const task = yield* spawn(() => sendAll(ch, items(), -1));
      yield* chrecv(far, -1);
      yield* task.halt();
      for (const h of [ch, far]) hclose(h);
    });
    expect(returned).to.equal(1);
  });
});

describe("sendEvents", () => {
  it("sends each event's arguments, and removes its listeners when it is canceled", function* () {
    const emitter = new EventEmitter();
    const [ch, far] = chmake<[number, string]>();
    const sender = go(sendingEvents(ch, emitter));
    emitter.emit("data", 1, "a");
    emitter.emit("data", 2, "b");
    expect(yield* chrecv(far, -1)).to.deep.equal([1, "a"]);
    expect(yield* chrecv(far, -1)).to.deep.equal([2, "b"]);
    hclose(sender);
    for (const name of ["data", "error"]) {
      expect(getEventListeners(emitter, name)).to.have.lengthOf(0);
    }
    for (const h of [ch, far]) hclose(h);
  });

  it("throws what the emitter emits as error, after the events before it", function* () {
    const emitter = new EventEmitter();
    const [ch, far] = chmake<[number, string]>();
    const mine = new Error("mine");
    let thrown: unknown;
    const sender = go(
      (function* () {
        thrown = yield* thrownIn(sendEvents(ch, emitter, "data", -1));
      })(),
    );
    emitter.emit("data", 1, "a");
    emitter.emit("error", mine);
    expect(yield* chrecv(far, -1)).to.deep.equal([1, "a"]);
    yield* join(sender, -1);
    expect(thrown).to.equal(mine);
    for (const h of [sender, ch, far]) hclose(h);
  });

  it("leaves no listener at an emitter that throws as it takes or loses one", function* () {
    const [ch, far] = chmake<[number]>();
    class Refusing extends EventEmitter {
      override on(name: string, listener: (...args: unknown[]) => void): this {
        if (name === "error") throw new Error("on");
        return super.on(name, listener);
      }
      override off(name: string, listener: (...args: unknown[]) => void): this {
        super.off(name, listener);
        throw new Error("off");
      }
    }
    const refusing = new Refusing();
    yield* thrownIn(sendEvents(ch, refusing, "data", -1));
    expect(getEventListeners(refusing, "data")).to.have.lengthOf(0);
    const keeping = new Refusing();
    keeping.on = EventEmitter.prototype.on.bind(keeping) as never;
    yield* thrownIn(sendEvents(ch, keeping, "data", now() + 1));
    for (const name of ["data", "error"]) {
      expect(getEventListeners(keeping, name)).to.have.lengthOf(0);
    }
    for (const h of [ch, far]) hclose(h);
  });

  it("pauses a source that can be paused, and lets it go on", function* () {
    const stream = new PassThrough({ highWaterMark: 1 << 20 });
    const [ch, far] = chmake<[Buffer]>();
    const sender = go(sendingEvents(ch, stream));
    for (let i = 0; i < 100; i++) stream.write(String(i % 10));
    yield* msleep(now() + 5);
    expect(stream.isPaused()).to.equal(true);
    let received = "";
    while (received.length < 100) received += String((yield* chrecv(far, -1))[0]);
    expect(received).to.equal("0123456789".repeat(10));
    expect(stream.isPaused()).to.equal(false);
    hclose(sender);
    stream.destroy();
    for (const h of [ch, far]) hclose(h);
  });

  it("gives its deadline's ETIMEDOUT, and EINVAL for what is no emitter", function* () {
    const [ch, far] = chmake<[number]>();
    const emitter = new EventEmitter();
    expect(yield* codeOf(sendEvents(ch, emitter, "x", now() + 1))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(sendEvents(ch, {} as never, "x", -1))).to.equal("EINVAL");
    expect(getEventListeners(emitter, "x")).to.have.lengthOf(0);
    for (const h of [ch, far]) hclose(h);
  });
});

describe("sendAll and sendEvents", () => {
  it("fail as chsend does: ENOTSUP for another handle, EBADF, ECANCELED when canceled", function* () {
    const other = hmake({ query: () => undefined, close() {} });
    const emitter = new EventEmitter();
    queueMicrotask(() => emitter.emit("x"));
    expect(yield* codeOf(sendEvents(other as never, emitter, "x", -1))).to.equal("ENOTSUP");
    expect(yield* codeOf(sendAll(other as never, [1], -1))).to.equal("ENOTSUP");
    hclose(other);
    expect(yield* codeOf(sendAll(other as never, [1], -1))).to.equal("EBADF");
    const [ch, far] = chmake<never>();
    for (const waiting of [sendAll(ch, endless(), -1), sendEvents(ch, emitter, "x", -1)]) {
      let code = "";
      const h = go(
        (function* () {
          code = yield* codeOf(waiting);
        })(),
      );
      hclose(h);
      expect(code).to.equal("ECANCELED");
    }
    for (const h of [ch, far]) hclose(h);
  });
});

describe("messagesOf", () => {
  it("gives the messages in a loop of async code, to the end of the channel", function* () {
    const [ch, far] = chmake<number>();
    const reading = collect(messagesOf(far), 100);
    for (const n of [1, 2, 3]) yield* chsend(ch, n, -1);
    chdone(ch);
    expect(yield* until(reading, -1)).to.deep.equal([1, 2, 3]);
    for (const h of [ch, far]) hclose(h);
  });

  it("takes no message when the loop is left", function* () {
    const [ch, far] = chmake<number>();
    const reading = collect(messagesOf(far), 1);
    yield* chsend(ch, 1, -1);
    expect(yield* until(reading, -1)).to.deep.equal([1]);
    expect(yield* codeOf(chsend(ch, 2, 0))).to.equal("ETIMEDOUT");
    for (const h of [ch, far]) hclose(h);
  });

  it("ends one that waits when return is called, without a message", function* () {
    const [ch, far] = chmake<number>();
    const messages = messagesOf(far);
    const waiting = messages.next();
    yield* until(Promise.resolve(messages.return?.()), -1);
    expect((yield* until(waiting, -1)).done).to.equal(true);
    expect(yield* codeOf(chsend(ch, 2, 0))).to.equal("ETIMEDOUT");
    for (const h of [ch, far]) hclose(h);
  });

  it("is rejected with EBADF for a handle that is not open", async () => {
    const error = await rejectionOf(messagesOf(12_345 as never).next());
    expect(error).to.include({ code: "EBADF", syscall: "chrecv" });
  });
});

describe("iterate", () => {
  it("gives what the coroutine emits, one at a time", async () => {
    let emitted = 0;
    const items = iterate<number>(function* (emit) {
      for (let i = 1; i <= 3; i++) {
        yield* msleep(now() + 1);
        emitted = i;
        yield* emit(i);
      }
    });
    expect(await collect(items, 100)).to.deep.equal([1, 2, 3]);
    const iterator = items[Symbol.asyncIterator]();
    expect((await iterator.next()).value).to.equal(1);
    await sleep(10);
    expect(emitted).to.equal(2); // the next one waits until it is asked for
    await iterator.return?.();
  });

  it("gives what several coroutines of it emit, in that order", async () => {
    const items = iterate<string>(function* (emit) {
      yield* scope(function* (members) {
        for (const name of ["a", "b", "c"]) bundleGo(members, emitTwice(name));
      });
      function* emitTwice(name: string): Coroutine {
        yield* emit(name);
        yield* emit(name.toUpperCase());
      }
    });
    expect(await collect(items, 100)).to.have.members(["a", "b", "c", "A", "B", "C"]);
  });

  it("drops the item of a coroutine that is canceled before anybody has asked", async () => {
    const items = iterate<string>(function* (emit) {
      const lost = go(emitOnce("lost"));
      const kept = go(emitOnce("kept"));
      hclose(lost);
      yield* join(kept, -1);
      function* emitOnce(name: string): Coroutine {
        yield* emit(name);
      }
    });
    expect(await collect(items, 9)).to.deep.equal(["kept"]);
  });

  it("hands an item to one that waits for it at once: a deadline that is past does not matter", async () => {
    const log: string[] = [];
    const items = iterate<string>(function* (emit) {
      yield* msleep(now() + 1); // somebody waits by now
      log.push(yield* codeOrNone(withDeadline(0, () => offering(emit, "first"))));
      log.push(yield* codeOrNone(withDeadline(0, () => offering(emit, "second"))));
      yield* emit("third");
    });
    expect(await collect(items, 9)).to.deep.equal(["first", "third"]);
    expect(log).to.deep.equal(["none", "ETIMEDOUT"]);
  });

  it("tells a coroutine whose item was taken so, and not that it is closed right after", async () => {
    const log: string[] = [];
    const items = iterate<string>(function* (emit) {
      const early = go(saying(emit, "early"));
      yield* msleep(now() + 1); // the first one has been taken, and somebody waits
      const late = go(saying(emit, "late"));
      hclose(late);
      yield* join(early, -1);
      function* saying(to: Emit<string>, item: string): Coroutine {
        log.push(`${item} ${yield* codeOrNone(to(item))}`);
      }
    });
    expect(await collect(items, 9)).to.deep.equal(["early", "late"]);
    expect(log).to.deep.equal(["early none", "late none"]);
  });

  it("tells a coroutine that is closed in the turn in which its item is taken that it was", async () => {
    const outcomes: string[] = [];
    const emitters: Handle[] = [];
    const items = iterate<string>(function* (emit) {
      yield* emit("first");
      emitters.push(go(emitting()));
      yield* msleep(-1);
      function* emitting(): Coroutine {
        outcomes.push(yield* codeOrNone(emit("second")));
      }
    });
    const iterator = items[Symbol.asyncIterator]();
    await iterator.next();
    await sleep(1);
    const second = iterator.next();
    for (const h of emitters) hclose(h);
    expect((await second).value).to.equal("second");
    await iterator.return?.();
    expect(outcomes).to.deep.equal(["none"]);
  });

  it("cancels the coroutine when the loop is left, and waits for its end", async () => {
    const log: string[] = [];
    const items = iterate<number>(function* (emit) {
      try {
        for (let i = 0; ; i++) yield* emit(i);
      } finally {
        log.push("ended");
      }
    });
    for await (const item of items) if (item === 2) break;
    log.push("left");
    expect(log).to.deep.equal(["ended", "left"]);
  });

  it("throws the coroutine's error in the loop, once, and ends", async () => {
    const mine = new Error("mine");
    const items = iterate<number>(function* (emit) {
      yield* emit(1);
      throw mine;
    });
    const iterator = items[Symbol.asyncIterator]();
    expect((await iterator.next()).value).to.equal(1);
    expect(await rejectionOf(iterator.next())).to.equal(mine);
    expect((await iterator.next()).done).to.equal(true);
  });

  it("starts nothing before it is asked, and anew for each loop", async () => {
    let starts = 0;
    const items = iterate<number>(function* (emit) {
      starts += 1;
      yield* emit(starts);
    });
    expect(starts).to.equal(0);
    expect([await collect(items, 9), await collect(items, 9)]).to.deep.equal([[1], [2]]);
    await items[Symbol.asyncIterator]().return?.();
    expect(starts).to.equal(2);
  });

  it("answers several that ask at once in their order", async () => {
    const items = iterate<number>(function* (emit) {
      for (const n of [1, 2]) yield* emit(n);
    });
    const iterator = items[Symbol.asyncIterator]();
    const steps = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    expect(steps.map(({ value }) => value as unknown)).to.deep.equal([1, 2, undefined]);
  });
});

function* endless(): Generator<never> {
  for (;;) yield 1 as never;
}

function* offering<T>(emit: Emit<T>, item: T): Coroutine {
  yield* emit(item);
}

function* receiving<T>(ch: Channel<never, T>): Coroutine<T> {
  return yield* chrecv(ch, -1);
}

async function collect<T>(items: AsyncIterable<T>, most: number): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (all.length === most) break;
  }
  return all;
}

function* drain<T>(ch: Channel<never, T>): Coroutine<T[]> {
  const all: T[] = [];
  try {
    for (;;) all.push(yield* chrecv(ch, -1));
  } catch {
    return all;
  }
}

function* sending<T>(ch: Channel<T, unknown>, items: Iterable<T> | AsyncIterable<T>): Coroutine {
  yield* sendAll(ch, items, -1);
}

function* sendingEvents<A extends readonly unknown[]>(
  ch: Channel<A, unknown>,
  source: Parameters<typeof sendEvents>[1],
): Coroutine {
  yield* sendEvents(ch, source, "data", -1);
}
