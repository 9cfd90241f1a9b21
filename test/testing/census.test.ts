import { expect } from "chai";
import { it } from "mocha";
import { bundle, bundleGo, chmake, hclose, ipcListen, ipcPair, msleep, now, run } from "libdill-ts";
import { census, checkNothingLeft, simulate } from "libdill-ts/testing";
import { rejectionOf } from "../support/failure.js";

describe("census", () => {
  it("counts coroutines, handles, deadlines and descriptors", async () => {
    await simulate(function* () {
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          yield* msleep(now() + 1000);
        })(),
      );
      yield* ipcPair();
      yield* ipcListen("/run/app.ipc", 1);
      expect(census()).to.deep.equal({ coroutines: 2, handles: 4, deadlines: 1, descriptors: 3 });
    });
  });

  it("counts the same on the real clock", async () => {
    await run(
      (function* () {
        const before = census();
        const b = bundle();
        bundleGo(
          b,
          (function* () {
            yield* msleep(now() + 1000);
          })(),
        );
        const [s, t] = yield* ipcPair();
        const after = census();
        expect(after.coroutines - before.coroutines).to.equal(1);
        expect(after.handles - before.handles).to.equal(3);
        expect(after.deadlines - before.deadlines).to.equal(1);
        expect(after.descriptors).to.be.at.least(before.descriptors + 2);
        hclose(b);
        hclose(s);
        hclose(t);
      })(),
    );
  });
});

describe("checkNothingLeft", () => {
  it("is fulfilled when nothing is left", async () => {
    await run(
      (function* () {
        yield* msleep(now() + 1);
      })(),
    );
    await checkNothingLeft();
  });

  it("is EBUSY when a handle is left that nobody owns, and names its kind", async () => {
    const [a, b] = chmake();
    const error = await rejectionOf(checkNothingLeft());
    hclose(a);
    hclose(b);
    expect(error).to.have.property("code", "EBUSY");
    expect(String(error)).to.match(/2 more handles[^]*channel/);
  });

  it("is EBUSY while a run is alive, and says what its coroutines wait for", async () => {
    const real = run(
      (function* () {
        yield* msleep(now() + 200);
      })(),
    );
    const error = await rejectionOf(checkNothingLeft());
    await real;
    expect(String(error)).to.match(/1 more coroutines[^]*msleep/);
  });

  it("looks past what was there before", async () => {
    const [a, b] = chmake();
    await checkNothingLeft(census());
    hclose(a);
    hclose(b);
  });
});
