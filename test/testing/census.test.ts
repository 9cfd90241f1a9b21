import { expect } from "chai";
import { it } from "mocha";
import {
  bundle,
  bundleGo,
  chmake,
  hclose,
  ipcListen,
  ipcPair,
  msleep,
  now,
  run,
  until,
} from "libdill-ts";
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

  it("waits for the end of a simulation of another test, which is not left behind", async () => {
    const other = simulate(function* () {
      yield* until(new Promise((go) => void setTimeout(go, 50)), -1);
    });
    while (census().coroutines === 0) await new Promise((go) => void setImmediate(go));
    await checkNothingLeft();
    await other;
  });

  it("looks past what was there before", async () => {
    const [a, b] = chmake();
    await checkNothingLeft(census());
    hclose(a);
    hclose(b);
  });

  it("is EINVAL with what is no census, as runners hand over, though nothing is left", async () => {
    const check = checkNothingLeft as (before: unknown) => Promise<void>;
    const whole = census();
    const cases: readonly unknown[] = [
      {},
      { task: 1, expect: 2 },
      () => {},
      5,
      "x",
      null,
      { ...whole, handles: Number.NaN },
      { ...whole, deadlines: undefined },
      Proxy.revocable({}, {}).proxy,
    ];
    for (const before of cases) {
      const error = await rejectionOf(check(before));
      expect(error).to.have.property("code", "EINVAL");
      expect(String(error)).to.include("afterEach(() => checkNothingLeft())");
    }
  });
});
