import { expect } from "chai";
import { sleep } from "effection";
import {
  chmake,
  chrecv,
  type Coroutine,
  type DillError,
  go,
  hclose,
  isErrno,
  join,
  msleep,
  now,
  run,
} from "libdill-ts";
import { itBoth as it } from "../support/it.js";

/** A bare `yield` of something that the types forbid. */
function* yielding(value: unknown): Coroutine {
  yield value as undefined;
}

/** What is yielded, what the error says, by the name of the mistake. */
const mistakes: Record<string, readonly [() => unknown, RegExp]> = {
  "an operation without the star": [() => msleep(-1), /write yield\*, not yield/],
  "a channel operation without the star": [
    () => chrecv(chmake<string>()[0], -1),
    /write yield\*, not yield/,
  ],
  "a coroutine without the star": [() => yielding(undefined), /write yield\*, not yield/],
  "a promise": [() => Promise.resolve(1), /a promise was yielded/],
  "an effect of Effection": [
    () => sleep(1)[Symbol.iterator]().next().value,
    /write yield\* fromEffection/,
  ],
  "a number": [() => 42, /yields nothing but operations/],
  null: [() => null, /yields nothing but operations/],
};

describe("yielding", () => {
  for (const [what, [make, advice]] of Object.entries(mistakes)) {
    it(`${what} throws EINVAL with advice, and the coroutine can go on`, function* () {
      let caught: unknown;
      try {
        yield make() as undefined;
      } catch (e) {
        caught = e;
      }
      expect(isErrno(caught, "EINVAL")).to.be.true;
      expect((caught as DillError).message).to.match(advice);
      yield;
      yield* msleep(now() + 1);
    });
  }

  it("a mistake throws at that line", function* () {
    let caught: unknown;
    let line = 0;
    try {
      line = 1;
      yield msleep(-1) as unknown as undefined;
      line = 2;
    } catch (e) {
      caught = e;
    }
    expect(line).to.equal(1);
    expect(isErrno(caught, "EINVAL")).to.be.true;
  });

  it("a mistake ends a coroutine that does not catch it, and the others go on", function* () {
    const h = go(yielding(42));
    let caught: unknown;
    try {
      yield* join(h, -1);
    } catch (e) {
      caught = e;
    }
    expect(isErrno(caught, "EINVAL")).to.be.true;
    hclose(h);
  });

  it("a mistake in the main coroutine rejects its run", async () => {
    let caught: unknown;
    try {
      await run(yielding(Promise.resolve()));
    } catch (e) {
      caught = e;
    }
    expect(isErrno(caught, "EINVAL")).to.be.true;
  });

  it("a mistake does not run what was yielded", function* () {
    let hasRun = false;
    function* inner(): Coroutine {
      hasRun = true;
    }
    try {
      yield inner() as unknown as undefined;
    } catch (e) {
      if (!isErrno(e, "EINVAL")) throw e;
    }
    expect(hasRun).to.be.false;
  });
});
