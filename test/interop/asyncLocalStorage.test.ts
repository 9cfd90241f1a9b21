// A coroutine keeps the values of AsyncLocalStorage it was started with, whoever wakes it.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { expect } from "chai";
import { run as runEffection } from "effection";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  type IpcSocket,
  iterate,
  join,
  msleep,
  now,
  run,
  scope,
  until,
  withDeadline,
  yieldNow,
} from "#src/index.js";
import { startFixture } from "../support/process.js";

const storage = new AsyncLocalStorage<string>();

/** Everything that can suspend a coroutine, and what it finds after each. */
function* suspensions(): Coroutine<(string | undefined)[]> {
  const seen = [storage.getStore()];
  const look = (): void => void seen.push(storage.getStore());
  yield* msleep(now() + 1);
  look();
  yield;
  look();
  yield* yieldNow();
  look();
  yield* until(Promise.resolve(), -1);
  look();
  const [near, far] = chmake<number>();
  go(sendOne(far));
  yield* chrecv(near, -1);
  look();
  const [a, b] = yield* ipcPair();
  look();
  go(answer(b));
  yield* bsend(a, Buffer.from("x"), -1);
  yield* brecv(a, 1, -1);
  look();
  yield* withDeadline(now() + 1000, function* () {
    yield* msleep(now() + 1);
    look();
  });
  yield* scope(function* (members) {
    bundleGo(
      members,
      (function* (): Coroutine {
        yield* msleep(now() + 1);
        look();
      })(),
    );
  });
  look();
  return seen;
}

function* sendOne(end: Channel<number>): Coroutine {
  yield* msleep(now() + 1);
  yield* chsend(end, 1, -1);
}

function* answer(s: IpcSocket): Coroutine {
  yield* bsend(s, yield* brecv(s, 1, -1), -1);
}

function* storeAfter(wait: () => Coroutine): Coroutine<string | undefined> {
  yield* wait();
  return storage.getStore();
}

function* aMoment(): Coroutine {
  yield* msleep(now() + 1);
}

describe("AsyncLocalStorage", () => {
  it("follows a coroutine across everything it can wait in", async () => {
    const seen = await storage.run("mine", () => run(suspensions()));
    expect(seen).to.have.length(11);
    expect(new Set(seen)).to.deep.equal(new Set(["mine"]));
  });

  it("keeps the values of two runs apart", async () => {
    const [one, two, none] = await Promise.all([
      storage.run("one", () => run(suspensions())),
      storage.run("two", () => run(suspensions())),
      run(suspensions()),
    ]);
    expect(new Set(one)).to.deep.equal(new Set(["one"]));
    expect(new Set(two)).to.deep.equal(new Set(["two"]));
    expect(new Set(none)).to.deep.equal(new Set([undefined]));
  });

  it("is that of the starter, for a coroutine started in another", async () => {
    await run(
      (function* (): Coroutine {
        const one = storage.run("one", () => go(storeAfter(aMoment)));
        const two = storage.run("two", () => go(storeAfter(aMoment)));
        const none = go(storeAfter(aMoment));
        expect(yield* join(one, -1)).to.equal("one");
        expect(yield* join(two, -1)).to.equal("two");
        expect(yield* join(none, -1)).to.equal(undefined);
        expect(storage.getStore()).to.equal(undefined);
      })(),
    );
  });

  it("is not that of the one who wakes a coroutine", async () => {
    await run(
      (function* (): Coroutine {
        const [near, far] = chmake<number>();
        const waiting = go(storeAfter(() => receiveOne(near)));
        storage.run("the sender's", () => {
          go(sendNow(far));
        });
        expect(yield* join(waiting, -1)).to.equal(undefined);
      })(),
    );
  });

  it("holds in the finally blocks of a coroutine that another cancels", async () => {
    const seen: unknown[] = [];
    await run(
      (function* (): Coroutine {
        const b = bundle();
        storage.run("mine", () =>
          bundleGo(
            b,
            sleepAndTell((store) => seen.push(store)),
          ),
        );
        storage.run("the closer's", () => hclose(b));
        yield* msleep(now() + 1);
      })(),
    );
    expect(seen).to.deep.equal(["mine"]);
  });

  it("lets a coroutine enter another context, which is its own alone", async () => {
    await run(
      (function* (): Coroutine {
        const b = bundle();
        const seen: unknown[] = [];
        for (const name of ["one", "two"]) {
          bundleGo(
            b,
            (function* (): Coroutine {
              yield* msleep(now() + 1);
              storage.enterWith(name);
              yield* msleep(now() + 1);
              seen.push(storage.getStore());
            })(),
          );
        }
        yield* bundleWait(b, -1);
        expect(seen).to.deep.equal(["one", "two"]);
        expect(storage.getStore()).to.equal(undefined);
      })(),
    );
  });

  it("is that of whoever starts to iterate", async () => {
    const items = iterate<string | undefined>(function* (emit) {
      yield* emit(storage.getStore());
      yield* msleep(now() + 1);
      yield* emit(storage.getStore());
    });
    const seen: unknown[] = [];
    await storage.run("mine", async () => {
      for await (const item of items) seen.push(item);
    });
    expect(seen).to.deep.equal(["mine", "mine"]);
  });

  it("follows from the very first use in a process on", async () => {
    const { output } = await startFixture("firstContext").ended();
    expect(output).to.equal("none\nstarted in it: first\nentered: second\nafterwards: none\n");
  });

  it("follows an Effection task across our operations", async () => {
    const seen = await storage.run("mine", () =>
      runEffection(function* () {
        const [near, far] = chmake<number>();
        storage.run("the sender's", () => {
          void run(
            (function* (): Coroutine {
              yield* msleep(now() + 1);
              yield* chsend(far, 1, -1);
            })(),
          );
        });
        yield* chrecv(near, -1);
        for (const h of [near, far]) hclose(h);
        return storage.getStore();
      }),
    );
    expect(seen).to.equal("mine");
  });

  it("brings the resources of others along, too", async () => {
    const resource = storage.run("a pool's", () => new AsyncResource("pool"));
    const seen = await resource.runInAsyncScope(() => run(storeAfter(aMoment)));
    expect(seen).to.equal("a pool's");
  });
});

function* receiveOne(end: Channel<number>): Coroutine {
  yield* chrecv(end, -1);
}

function* sendNow(end: Channel<number>): Coroutine {
  yield* chsend(end, 1, -1);
}

function* sleepAndTell(tell: (store: string | undefined) => void): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    tell(storage.getStore());
  }
}
