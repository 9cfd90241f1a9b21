import { expect } from "chai";
import { it } from "mocha";
import {
  bundle,
  bundleGo,
  chmake,
  chrecv,
  chsend,
  go,
  hclose,
  ipcPair,
  isErrno,
  brecv,
  bsend,
  msleep,
  now,
  run,
} from "libdill-ts";
import { allBlocked, simulate } from "libdill-ts/testing";
import type { Coroutine } from "libdill-ts";

/** Fills a log while a chain of coroutines hands a message on. */
function* chain(log: string[]): Coroutine {
  const [a, b] = chmake();
  const [c, d] = chmake();
  const first = go(
    (function* () {
      log.push(`first ${String(yield* chrecv(b, -1))}`);
      yield* chsend(c, "on", -1);
    })(),
  );
  const second = go(
    (function* () {
      log.push(`second ${String(yield* chrecv(d, -1))}`);
    })(),
  );
  yield* allBlocked();
  log.push("blocked");
  yield* chsend(a, "off", -1);
  yield* allBlocked();
  log.push("blocked again");
  hclose(first);
  hclose(second);
}

const whole = ["blocked", "first off", "second on", "blocked again"];

describe("allBlocked", () => {
  it("waits until nobody else can go on, in a simulation", async () => {
    const log: string[] = [];
    await simulate(() => chain(log));
    expect(log).to.deep.equal(whole);
  });

  it("does the same on the real clock", async () => {
    const log: string[] = [];
    await run(chain(log));
    expect(log).to.deep.equal(whole);
  });

  it("comes before the clock moves", async () => {
    await simulate(function* (sim) {
      const sleeper = go(
        (function* () {
          yield* msleep(now() + 10);
        })(),
      );
      yield* allBlocked();
      expect(sim.elapsed).to.equal(0);
      hclose(sleeper);
    });
  });

  it("waits for what is on the wire at this moment", async () => {
    await simulate(function* () {
      const [s, t] = yield* ipcPair();
      let got = false;
      const reader = go(
        (function* () {
          yield* brecv(t, 1, -1);
          got = true;
        })(),
      );
      yield* bsend(s, Buffer.from("x"), -1);
      yield* allBlocked();
      expect(got).to.equal(true);
      hclose(reader);
    });
  });

  it("lets one go on at a time, the one that has waited longest first", async () => {
    const log: string[] = [];
    await simulate(function* () {
      const b = bundle();
      for (const name of ["a", "b"]) {
        bundleGo(
          b,
          (function* () {
            yield* allBlocked();
            log.push(name);
            yield* msleep(now());
            log.push(`${name} later`);
          })(),
        );
      }
      yield* msleep(now() + 1);
      hclose(b);
    });
    expect(log).to.deep.equal(["a", "a later", "b", "b later"]);
  });

  it("is ECANCELED when it is canceled, and leaves nothing behind", async () => {
    const codes: string[] = [];
    for (const start of [
      (body: () => Coroutine) => simulate(body),
      (body: () => Coroutine) => run(body()),
    ]) {
      await start(function* () {
        const b = bundle();
        bundleGo(
          b,
          (function* () {
            try {
              yield* allBlocked();
            } catch (error) {
              codes.push(isErrno(error) ? error.code : String(error));
            }
          })(),
        );
        hclose(b);
        yield* msleep(now() + 5);
      });
    }
    expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
  });
});
