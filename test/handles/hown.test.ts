import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  type Handle,
  hclose,
  hmake,
  hown,
  hquery,
  msleep,
  run,
} from "libdill-ts";
import { thrownBy, thrownIn } from "../support/failure.js";
import { failOnCancel } from "../support/failing.js";
import { itBoth as it } from "../support/it.js";

describe("hown", () => {
  it("moves the resource to a new number", () => {
    const old = thing();
    const h = hown(old);
    expect(h).not.to.equal(old);
    expect(hquery(h, type)).to.equal("thing");
    expect(thrownBy(() => hquery(old, type))).to.include({ code: "EBADF" });
    hclose(h);
  });

  it("works on both ends of a channel", function* () {
    const [a, b] = chmake<number>();
    const left = hown(a);
    const right = hown(b);
    const h = go(send());
    expect(yield* chrecv(right, -1)).to.equal(5);
    expect(yield* thrownIn(chrecv(b, 0))).to.include({ code: "EBADF" });
    yield* bundleWait(h, -1);
    for (const open of [left, right, h]) hclose(open);

    function* send(): Coroutine {
      yield* chsend(left, 5, -1);
    }
  });

  it("leaves undisturbed whoever waits on the resource", function* () {
    const h = go(pause());
    let isWoken = false;
    const waiting = go(
      (function* () {
        yield* bundleWait(h, -1);
        isWoken = true;
      })(),
    );
    const owned = hown(h);
    yield* bundleWait(waiting, -1);
    expect(isWoken).to.equal(true);
    hclose(owned);
    hclose(waiting);
  });

  it("keeps the resource with the run under which it was made", async () => {
    let closes = 0;
    await run(
      (function* () {
        hown(hmake({ query: () => undefined, close: () => void closes++ }));
      })(),
    );
    expect(closes).to.equal(1);
  });

  it("strands no number", () => {
    let h = thing();
    for (let i = 0; i < 5000; i++) h = hown(h);
    hclose(h);
  });

  describe("cancellation", () => {
    it("closes the resource when it throws ECANCELED", function* () {
      let closes = 0;
      let error: unknown;
      const h = go(
        (function* () {
          const mine = hmake({ query: () => undefined, close: () => void closes++ });
          try {
            yield* msleep(-1);
          } finally {
            error = thrownBy(() => hown(mine));
            expect(thrownBy(() => hclose(mine))).to.include({ code: "EBADF" });
          }
        })(),
      );
      hclose(h);
      expect(error).to.include({ code: "ECANCELED", syscall: "hown" });
      expect(closes).to.equal(1);
    });
  });

  describe("errors", () => {
    it("throws EBADF for a handle that is being closed, whoever calls it", function* () {
      const errors: unknown[] = [];
      let h: Handle | undefined;
      const onError = (): void => void errors.push(thrownBy(() => hown(h as Handle)));
      const inside = bundle({ onError });
      bundleGo(inside, failOnCancel("escapes"));
      h = hmake({ query: () => undefined, close: () => hclose(inside) });
      hclose(h);
      const itself = bundle({ onError });
      bundleGo(itself, failOnCancel("escapes"));
      h = itself;
      yield;
      hclose(itself);
      expect(errors).to.have.length(2);
      for (const error of errors) expect(error).to.include({ code: "EBADF", syscall: "hown" });
    });

    it("throws EBADF for a handle that is not open", () => {
      const h = thing();
      hclose(h);
      expect(thrownBy(() => hown(h))).to.include({ code: "EBADF", syscall: "hown" });
    });
  });
});

const type = Symbol("thing");

function thing(): Handle {
  return hmake({ query: () => "thing", close: () => {} });
}

function* pause(): Coroutine {
  yield;
}
