import { expect } from "chai";
import {
  type Coroutine,
  go,
  hclose,
  hmake,
  type Handle,
  hown,
  hquery,
  msleep,
  run,
} from "libdill-ts";
import { thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

function counted(): { h: Handle; closed: () => number } {
  let closed = 0;
  return { h: hmake({ query: () => "it", close: () => (closed += 1) }), closed: () => closed };
}

describe("hown", () => {
  it("gives the resource a new handle and makes the old one invalid", () => {
    const { h, closed } = counted();
    const mine = hown(h);
    expect(mine).to.not.equal(h);
    expect(thrownBy(() => hclose(h)).code).to.equal("EBADF");
    expect(hquery(mine, Symbol("any"))).to.equal("it");
    expect(closed()).to.equal(0);
    hclose(mine);
    expect(closed()).to.equal(1);
  });

  it("leaves the resource with the run that made it", async () => {
    let closed = (): number => 0;
    await run(
      (function* (): Coroutine {
        const made = counted();
        closed = made.closed;
        hown(made.h);
      })(),
    );
    expect(closed()).to.equal(1);
  });

  describe("errors", () => {
    it("throws EBADF for a handle that is not open", () => {
      const { h } = counted();
      hclose(h);
      expect(thrownBy(() => hown(h))).to.include({ code: "EBADF", syscall: "hown" });
    });

    it("throws ECANCELED in a canceled coroutine, and closes the old handle", function* () {
      const { h, closed } = counted();
      let code = "";
      const co = go(
        (function* (): Coroutine {
          try {
            yield* msleep(-1);
          } finally {
            code = thrownBy(() => hown(h)).code;
          }
        })(),
      );
      hclose(co);
      expect(code).to.equal("ECANCELED");
      expect(closed()).to.equal(1);
      expect(thrownBy(() => hclose(h)).code).to.equal("EBADF");
    });

    it("throws ECANCELED inside a handle's close, and closes the old handle", () => {
      const { h, closed } = counted();
      let code = "";
      const close = (): void => {
        code = thrownBy(() => hown(h)).code;
      };
      hclose(hmake({ query: () => undefined, close }));
      expect(code).to.equal("ECANCELED");
      expect(closed()).to.equal(1);
    });
  });
});
