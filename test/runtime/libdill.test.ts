// The scenes of libdill's own tests, and what goes wrong in libdill and must not here.
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  hmake,
  hown,
  hquery,
  msleep,
  now,
  run,
} from "libdill-ts";
import { thrownBy, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("libdill's scene", () => {
  it("example: two empty coroutines close", function* () {
    const handles = [go(nothing()), go(nothing())];
    for (const h of handles) hclose(h);
  });

  it("go1: three workers that take turns sum up to 42", function* () {
    let sum = 0;
    const handles = [go(work(3, 7)), go(work(1, 11)), go(work(2, 5))];
    yield* msleep(now() + 2);
    for (const h of handles) hclose(h);
    expect(sum).to.equal(42);

    function* work(count: number, n: number): Coroutine {
      for (let i = 0; i < count; i++) {
        sum += n;
        yield;
      }
    }
  });

  it("go2: twenty sleepers have ended before they are closed", function* () {
    const handles = Array.from({ length: 20 }, () => go(sleep(now() + 2)));
    for (const h of handles) yield* bundleWait(h, -1);
    for (const h of handles) hclose(h);
  });

  it("go3: sleepers that are closed get ECANCELED from this sleep and the next", function* () {
    let worker = 0;
    const handles = [1, 2, 3].map(() => go(refuse()));
    yield* msleep(now() + 1);
    for (const h of handles) hclose(h);
    expect(worker).to.equal(3);

    function* refuse(): Coroutine {
      for (let i = 0; i < 2; i++) {
        expect(yield* thrownIn(msleep(now() + 1000))).to.include({ code: "ECANCELED" });
      }
      worker++;
    }
  });

  it("go4: a coroutine that has ended closes, and nothing strange happens after it", function* () {
    hclose(go(nothing()));
    yield* msleep(now() + 2);
  });

  it("go5: five rounds of start, sleep and close", function* () {
    for (let i = 0; i < 5; i++) {
      const h = go(sleep(now() + 1));
      yield* msleep(now() + 1);
      hclose(h);
    }
  });

  it("bundle: closed empty, after its members, and before them", function* () {
    hclose(bundle());
    const ended = bundle();
    bundleGo(ended, nothing());
    yield* msleep(now() + 1);
    hclose(ended);
    for (const count of [1, 2]) {
      const b = bundle();
      const seen: unknown[] = [];
      for (let i = 0; i < count; i++) bundleGo(b, see(seen));
      yield* msleep(now() + 1);
      hclose(b);
      expect(seen).to.have.length(count);
      for (const error of seen) expect(error).to.include({ code: "ECANCELED" });
    }

    function* see(seen: unknown[]): Coroutine {
      seen.push(yield* thrownIn(msleep(now() + 100_000)));
    }
  });

  it("bundle: waits for all, and takes another coroutine after that", function* () {
    const b = bundle();
    yield* bundleWait(b, -1);
    bundleGo(b, sleep(now() + 1));
    bundleGo(b, sleep(now() + 2));
    yield* bundleWait(b, -1);
    bundleGo(b, sleep(now() + 1));
    yield* bundleWait(b, now() + 100_000);
    bundleGo(b, sleep(now() + 100_000));
    expect(yield* thrownIn(bundleWait(b, now() + 1))).to.include({ code: "ETIMEDOUT" });
    hclose(b);
  });

  it("sleep: four sleepers report in the order of their deadlines", function* () {
    const [left, right] = chmake<number>();
    const start = now();
    const b = bundle();
    for (const length of [3, 4, 1, 2]) bundleGo(b, report(length));
    const order: number[] = [];
    for (let i = 0; i < 4; i++) order.push(yield* chrecv(right, -1));
    expect(order).to.deep.equal([1, 2, 3, 4]);
    for (const h of [b, left, right]) hclose(h);

    function* report(length: number): Coroutine {
      yield* msleep(start + length * 2);
      yield* chsend(left, length, -1);
    }
  });

  it("handle: query and close of a type of one's own are called; channels move", function* () {
    const type = Symbol("test");
    let isClosed = false;
    const h = hmake({
      query: (asked) => (asked === type ? "mine" : undefined),
      close: () => void (isClosed = true),
    });
    expect(hquery(h, type)).to.equal("mine");
    hclose(h);
    expect(isClosed).to.equal(true);
    for (const half of chmake()) hclose(hown(half));
  });

  it("overload: two relays that never rest can be closed", function* () {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const relays = [go(relay(b, c)), go(relay(d, a))];
    yield* chsend(a, 1, -1);
    yield* msleep(now() + 5);
    for (const h of [...relays, a, b, c, d]) hclose(h);
  });
});

describe("what libdill gets wrong", () => {
  it("a number that was taken over or closed stays EBADF", function* () {
    const h = bundle();
    const taken = hown(h);
    hclose(taken);
    for (const stale of [h, taken]) {
      expect(thrownBy(() => hclose(stale))).to.include({ code: "EBADF" });
    }
  });

  it("a deadline may fall together with the end of the last coroutine", function* () {
    const b = bundle();
    const deadline = now() + 1;
    bundleGo(b, sleep(deadline));
    try {
      yield* bundleWait(b, deadline);
    } catch (error) {
      expect(error).to.include({ code: "ETIMEDOUT" });
    }
    hclose(b);
  });

  it("a coroutine can be canceled while it closes a bundle", function* () {
    let ended = 0;
    const outer: ReturnType<typeof bundle> = bundle();
    bundleGo(
      outer,
      (function* () {
        const inner = go(closeOuter());
        try {
          yield* msleep(-1);
        } finally {
          hclose(inner);
          ended++;
        }
      })(),
    );
    hclose(outer);
    expect(ended).to.equal(2);

    function* closeOuter(): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        expect(thrownBy(() => hclose(outer))).to.include({ code: "EDEADLK" });
        ended++;
      }
    }
  });

  it("the handle table may grow while a bundle is being closed", function* () {
    const b = bundle();
    const others: ReturnType<typeof bundle>[] = [];
    const outside = (): void => void others.push(...Array.from({ length: 600 }, bundle));
    bundleGo(
      b,
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          // Another run is not canceled: it makes handles in the middle of the close.
          void run(grow());
        }
      })(),
    );
    hclose(b);
    expect(thrownBy(() => hclose(b))).to.include({ code: "EBADF" });

    function* grow(): Coroutine {
      outside();
    }
  });

  it("a second bundleWait does not replace the first", function* () {
    const b = bundle();
    bundleGo(b, sleep(now() + 1));
    const waiting = bundle();
    let woken = 0;
    for (let i = 0; i < 2; i++) bundleGo(waiting, wait());
    yield* bundleWait(waiting, -1);
    expect(woken).to.equal(2);
    hclose(waiting);
    hclose(b);

    function* wait(): Coroutine {
      yield* bundleWait(b, -1);
      woken++;
    }
  });

  it("a distant deadline does not overflow", function* () {
    const [left, right] = chmake();
    const h = go(
      (function* () {
        yield* chrecv(left, now() + 2 ** 33);
      })(),
    );
    yield* msleep(now() + 2);
    expect(yield* thrownIn(bundleWait(h, 0))).to.include({ code: "ETIMEDOUT" });
    for (const open of [h, left, right]) hclose(open);
  });

  it("a slow sibling does not delay a sleeper: time is looked at in between", function* () {
    const spinner = go(spin());
    const [left, right] = chmake();
    expect(yield* thrownIn(choose([{ op: "recv", ch: left }], now() + 2))).to.include({
      code: "ETIMEDOUT",
    });
    for (const h of [spinner, left, right]) hclose(h);
  });
});

function* nothing(): Coroutine {}

function* sleep(deadline: number): Coroutine {
  yield* msleep(deadline);
}

function* spin(): Coroutine {
  for (;;) yield;
}

function* relay(from: Channel<number>, to: Channel<number>): Coroutine {
  for (;;) yield* chsend(to, yield* chrecv(from, -1), -1);
}
