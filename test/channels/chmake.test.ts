import { expect } from "chai";
import {
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  hmake,
  hown,
  join,
  msleep,
  now,
} from "libdill-ts";
import { failureOf, thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

describe("chmake", () => {
  it("makes two ends with different handles", () => {
    const [a, b] = chmake<number>();
    expect(a).to.be.a("number");
    expect(b).to.be.a("number").and.not.equal(a);
    hclose(a);
    hclose(b);
  });

  it("makes a channel that carries messages in both directions", function* () {
    const [a, b] = chmake<string, number>();
    const peer = go(
      (function* (): Coroutine<string> {
        const word = yield* chrecv(b, -1);
        yield* chsend(b, word.length, -1);
        return word;
      })(),
    );
    yield* chsend(a, "hello", -1);
    expect(yield* chrecv(a, -1)).to.equal(5);
    expect(yield* join(peer, -1)).to.equal("hello");
    hclose(peer);
    hclose(a);
    hclose(b);
  });

  it("keeps the two directions apart", function* () {
    const [a, b] = chmake<number>();
    const sender = go(chsendOne(a, 1));
    expect((yield* failureOf(chrecv(a, 0))).code).to.equal("ETIMEDOUT");
    expect(yield* chrecv(b, 0)).to.equal(1);
    hclose(sender);
    hclose(a);
    hclose(b);
  });

  it("makes ends that hown takes over, and the new numbers work and close", function* () {
    const [first, second] = chmake<number>();
    const a = hown(first);
    const b = hown(second);
    expect(thrownBy(() => hclose(first)).code).to.equal("EBADF");
    expect(thrownBy(() => hclose(second)).code).to.equal("EBADF");
    const sender = go(chsendOne(a, 333));
    expect(yield* chrecv(b, -1)).to.equal(333);
    hclose(sender);
    hclose(a);
    hclose(b);
  });

  it("makes a channel outside a run, too", async () => {
    const [a, b] = chmake<number>();
    hclose(b);
    hclose(a);
  });

  describe("errors", () => {
    it("throws ECANCELED in a coroutine that is being canceled", function* () {
      let code = "";
      const h = go(
        (function* (): Coroutine {
          try {
            yield* msleep(-1);
          } finally {
            code = thrownBy(() => chmake()).code;
          }
        })(),
      );
      hclose(h);
      expect(code).to.equal("ECANCELED");
    });

    it("throws ECANCELED inside a handle's close", () => {
      let code = "";
      const close = (): void => {
        code = thrownBy(() => chmake()).code;
      };
      hclose(hmake({ query: () => undefined, close }));
      expect(code).to.equal("ECANCELED");
    });
  });

  describe("leaves nothing behind", () => {
    it("when thousands of channels are made and closed", function* () {
      for (let i = 0; i < 5000; i++) {
        const [a, b] = chmake<number>();
        const sender = go(chsendOne(a, i));
        expect(yield* chrecv(b, now() + 1000)).to.equal(i);
        hclose(sender);
        hclose(i % 2 === 0 ? a : b);
        hclose(i % 2 === 0 ? b : a);
      }
    });
  });
});

function* chsendOne(ch: Parameters<typeof chsend<number, number>>[0], n: number): Coroutine {
  yield* chsend(ch, n, -1);
}
