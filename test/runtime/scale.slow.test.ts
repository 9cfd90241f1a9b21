import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { describe } from "mocha";
import {
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  type Handle,
  hclose,
  hmake,
  hown,
  msleep,
  now,
  run,
} from "libdill-ts";
import { fail } from "../support/failing.js";
import { rejectionOf } from "../support/failure.js";
import { it } from "../support/it.js";

describe("at scale", () => {
  it("a bundle that has seen a million coroutines is as small as a new one", function* (this: Mocha.Context) {
    this.timeout(20_000);
    const kept = bundle();
    yield* pass(10_000, kept);
    const before = heapInUse();
    yield* pass(1_000_000, kept);
    // One byte for each of them would be seen.
    expect(heapInUse() - before).to.be.below(1_000_000);
    hclose(kept);

    function* pass(count: number, b: Bundle): Coroutine {
      for (let i = 0; i < count; i++) {
        bundleGo(b, i % 2 === 0 ? nothing() : pause());
        if (i % 1000 === 0) yield* bundleWait(b, -1);
      }
      yield* bundleWait(b, -1);
    }
  });

  it("a hundred thousand blocked coroutines end in one hclose", function* (this: Mocha.Context) {
    this.timeout(20_000);
    const b = bundle();
    const [left, right] = chmake<number>();
    let ended = 0;
    for (let i = 0; i < 100_000; i++) bundleGo(b, block());
    hclose(b);
    expect(ended).to.equal(100_000);
    hclose(left);
    hclose(right);

    function* block(): Coroutine {
      try {
        yield* chrecv(left, -1);
      } finally {
        ended++;
      }
    }
  });

  for (const where of ["a bundle", "bundles of their own"]) {
    it(`a run tells all errors of two hundred thousand coroutines in ${where}`, async function (this: Mocha.Context) {
      this.timeout(20_000);
      const count = 200_000;
      const error = await rejectionOf(
        run(
          (function* () {
            const b = bundle();
            for (let i = 0; i < count; i++) {
              bundleGo(where === "a bundle" ? b : bundle(), failAtEnd(i));
            }
          })(),
        ),
      );
      expect((error as AggregateError).errors).to.have.length(count);
    });
  }

  function* failAtEnd(i: number): Coroutine {
    try {
      yield* msleep(-1);
    } finally {
      yield* fail(i);
    }
  }

  it("a million sleeping coroutines need one timer of Node's", function* (this: Mocha.Context) {
    this.timeout(20_000);
    const timersBefore = timers();
    const b = bundle();
    const deadline = now() + 1_000_000;
    for (let i = 0; i < 1_000_000; i++) bundleGo(b, sleep(deadline + ((i * 7919) % 1000)));
    // Timers of the test runner may come and go meanwhile; a second one of ours would stay.
    do yield* msleep(now() + 1);
    while (timers() - timersBefore > 1);
    hclose(b);
  });

  it("a million handles, opened and closed, leave the table as it was", () => {
    let h = hmake(nothingAtAll);
    for (let i = 0; i < 500_000; i++) h = hown(h);
    hclose(h);
    for (let i = 0; i < 500_000; i++) hclose(hmake(nothingAtAll));
  });

  it("ten thousand channels pass a message down a chain", function* () {
    const [first, end] = chmake<number>();
    const b = bundle();
    const handles: Handle[] = [b, first, end];
    let last = end;
    for (let i = 0; i < 10_000; i++) {
      const [left, right] = chmake<number>();
      bundleGo(b, relay(last, left));
      handles.push(left, right);
      last = right;
    }
    yield* chsend(first, 0, -1);
    expect(yield* chrecv(last, -1)).to.equal(10_000);
    yield* bundleWait(b, -1);
    for (const h of handles) hclose(h);
  });
});

const nothingAtAll = { query: (): undefined => undefined, close: (): void => {} };

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function* nothing(): Coroutine {}

function* pause(): Coroutine {
  yield;
}

function* sleep(deadline: number): Coroutine {
  yield* msleep(deadline);
}

function* relay(from: Channel<number>, to: Channel<number>): Coroutine {
  yield* chsend(to, (yield* chrecv(from, -1)) + 1, -1);
}
