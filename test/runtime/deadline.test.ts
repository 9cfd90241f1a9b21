import { expect } from "chai";
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
  join,
  msleep,
  now,
  type Operation,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

const never = function* () {
  yield* msleep(-1);
};

/** Operations that would wait for ever, each on something of its own. */
function withEach(
  use: (name: string, operation: (deadline: number) => Operation<unknown>) => void,
): () => void {
  const b = bundle();
  bundleGo(b, never());
  const h = go(never());
  const [near, far] = chmake<number>();
  use("bundleWait", (deadline) => bundleWait(b, deadline));
  use("join", (deadline) => join(h, deadline));
  use("chsend", (deadline) => chsend(near, 1, deadline));
  use("chrecv", (deadline) => chrecv(near, deadline));
  use("choose", (deadline) => choose([{ op: "recv", ch: near }], deadline));
  use("choose of nothing", (deadline) => choose([], deadline));
  return () => {
    for (const each of [b, h, near, far]) hclose(each);
  };
}

describe("now", () => {
  it("is large, positive and never goes back", () => {
    let last = now();
    expect(last).to.be.above(0);
    for (let i = 0; i < 10_000; i++) {
      const next = now();
      expect(next >= last).to.equal(true);
      last = next;
    }
  });
});

describe("a deadline", () => {
  it("throws ETIMEDOUT at once when it is 0 or past, in its time otherwise, and never early", function* () {
    const all: [string, (deadline: number) => Operation<unknown>][] = [];
    const close = withEach((...each) => all.push(each));
    for (const [name, operation] of all) {
      for (const deadline of [0, 1, now() - 1, now(), now() + 2.5]) {
        expect(yield* codeOf(operation(deadline)), name).to.equal("ETIMEDOUT");
        expect(now(), name).to.be.at.least(deadline);
      }
    }
    close();
  });

  it("throws EINVAL when it is NaN or negative, but -1", function* () {
    const all: [string, (deadline: number) => Operation<unknown>][] = [];
    const close = withEach((...each) => all.push(each));
    for (const [name, operation] of all) {
      for (const deadline of [Number.NaN, -2, -0.5, -Infinity, undefined as never]) {
        expect(yield* codeOf(operation(deadline)), name).to.equal("EINVAL");
      }
    }
    close();
  });

  it("of -1 or Infinity never comes", function* () {
    const all: [string, (deadline: number) => Operation<unknown>][] = [];
    const close = withEach((...each) => all.push(each));
    for (const [name, operation] of all) {
      for (const deadline of [-1, Infinity]) {
        const h = go(codeOf(operation(deadline)));
        expect(yield* codeOf(join(h, now() + 1)), name).to.equal("ETIMEDOUT");
        hclose(h);
      }
    }
    close();
  });

  it("that has passed lets through what needs no wait", function* () {
    const [near, far] = chmake<number>();
    const b = bundle();
    bundleGo(b, chsendOnce(near));
    expect(yield* chrecv(far, 0)).to.equal(1);
    yield* bundleWait(b, -1);
    yield* bundleWait(b, now() - 1);
    for (const each of [b, near, far]) hclose(each);
  });
});

function* chsendOnce(ch: Channel<number, number>): Coroutine {
  yield* chsend(ch, 1, -1);
}
