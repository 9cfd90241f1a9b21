import { expect } from "chai";
import { chmake, chrecv, chsend, go, hclose, hmake, hown, join, msleep } from "libdill-ts";
import { codeOf, codeOfCall } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("chmake", () => {
  it("returns handles of two different ends", function* () {
    const [a, b] = chmake<number>();
    expect(a).to.be.a("number").and.not.equal(b);
    expect(b).to.be.a("number");
    hclose(a);
    hclose(b);
  });

  it("makes channels that know nothing of each other", function* () {
    const [a] = chmake<number>();
    const [, d] = chmake<number>();
    const receiver = go(codeOf(chrecv(d, -1)));
    expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    hclose(receiver);
  });

  it("makes ends that hown takes over, also while a coroutine waits there", function* () {
    const [a, b] = chmake<number>();
    const receiver = go(
      (function* () {
        return yield* chrecv(b, -1);
      })(),
    );
    const [ownA, ownB] = [hown(a), hown(b)];
    expect(yield* codeOf(chsend(a, 1, 0))).to.equal("EBADF");
    yield* chsend(ownA, 2, 0);
    expect(yield* join(receiver, -1)).to.equal(2);
    hclose(ownA);
    hclose(ownB);
  });

  it("needs no run", () => {
    const [a, b] = chmake<number>();
    hclose(a);
    hclose(b);
  });

  it("makes ends that the end of the run closes", function* () {
    for (let i = 0; i < 1000; i++) chmake<number>();
  });

  describe("errors", () => {
    it("ECANCELED: the coroutine is being canceled", function* () {
      let code = "";
      const h = go(
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            code = codeOfCall(() => chmake());
          }
        })(),
      );
      hclose(h);
      expect(code).to.equal("ECANCELED");
    });

    it("ECANCELED: a handle's close is running", () => {
      let code = "";
      const h = hmake({
        query: () => undefined,
        close: () => {
          code = codeOfCall(() => chmake());
        },
      });
      hclose(h);
      expect(code).to.equal("ECANCELED");
    });
  });
});
