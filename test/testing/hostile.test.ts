// What attacks on simulations have found: each of these once ended in another way.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { sleep } from "effection";
import { it } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  brecv,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  hclose,
  ipcConnect,
  ipcListen,
  ipcPair,
  msleep,
  now,
  run,
  until,
  type WaitClause,
} from "libdill-ts";
import { fromEffection } from "libdill-ts/effection";
import { toDuplex } from "libdill-ts/streams";
import { type Body, explore, simulate } from "libdill-ts/testing";
import { rejectionOf } from "../support/failure.js";

describe("a simulation under attack", () => {
  for (const walks of [false, true]) {
    const where = walks ? "a callback of the real loop" : "a step of its own";
    it(`fails with what its network() throws in ${where}, and leaves the world`, async () => {
      const mine = new Error("mine");
      let asked = 0;
      const body: Body<void> = function* () {
        yield* ipcListen("/run/full.ipc", 0);
        const clients = bundle();
        for (let i = 0; i < 5; i++) {
          bundleGo(
            clients,
            (function* () {
              yield* ipcConnect("/run/full.ipc", -1);
            })(),
          );
        }
        if (walks) yield* until(wait(20), -1);
        yield* bundleWait(clients, -1);
      };
      const network = (): object => {
        asked += 1;
        if (asked > 2) throw mine;
        return {};
      };
      expect(await rejectionOf(simulate(body, { network }))).to.equal(mine);
      const start = performance.now();
      await run(
        (function* () {
          yield* msleep(now() + 30);
        })(),
      );
      expect(performance.now() - start).to.be.at.least(29);
    });
  }

  it("is no place for a run of other code: EBUSY, and the simulation goes on", async () => {
    const others: Promise<unknown>[] = [];
    let begin = (): void => {};
    const hasBegun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const meddling = hasBegun.then(async () => {
      for (let i = 0; i < 3; i++) {
        await wait(5);
        const coroutine = (function* (): Coroutine {
          yield* msleep(now() + 1);
        })();
        others.push(rejectionOf(run(coroutine)));
      }
    });
    await simulate(function* () {
      begin();
      yield* until(wait(100), -1);
    });
    await meddling;
    expect(others.length).to.be.above(0);
    for (const error of await Promise.all(others)) expect(error).to.have.property("code", "EBUSY");
  });

  it("sees a promise settled after the same step in each run, whatever the speed of the machine", async () => {
    const places: number[] = [];
    for (const slowness of [0, 200, 0]) {
      await simulate(function* () {
        let isSettled = false;
        const b = bundle();
        bundleGo(
          b,
          (function* () {
            yield* until(Promise.resolve(), -1);
            isSettled = true;
          })(),
        );
        let steps = 0;
        for (; !isSettled; steps++) {
          for (let i = 0; i < slowness; i++) JSON.stringify(places);
          yield;
        }
        places.push(steps);
        hclose(b);
      });
    }
    expect(new Set(places).size).to.equal(1);
  });

  it("lets streams, ticks and async functions run before the clock moves", async () => {
    await simulate(function* () {
      const [a, b] = yield* ipcPair();
      const chunks = Array.from({ length: 20 }, () => Buffer.alloc(1000));
      const piped = pipeline(Readable.from(chunks), toDuplex(a));
      piped.catch(() => {});
      yield* brecv(b, 20_000, now() + 2000);
      hclose(b);
    });
    await simulate(function* () {
      const [a, b] = chmake<number>();
      const late = (async () => {
        await Promise.resolve();
        await Promise.resolve();
        await run(
          (function* (): Coroutine {
            yield* chsend(a, 7, -1);
          })(),
        );
      })();
      expect(yield* chrecv(b, now() + 1000)).to.equal(7);
      yield* until(late, -1);
    });
  });

  const works: Readonly<Record<string, () => Promise<unknown>>> = {
    "a digest": () => crypto.subtle.digest("SHA-256", Buffer.alloc(10_000_000)),
    "a timer that keeps no process alive": () =>
      new Promise((resolve) => void setTimeout(resolve, 30).unref()),
    "a chain of immediates": async () => {
      for (let i = 0; i < 20; i++) await new Promise((resolve) => void setImmediate(resolve));
    },
    "AbortSignal.timeout": () =>
      new Promise((resolve) => AbortSignal.timeout(30).addEventListener("abort", resolve)),
    "a compression": () =>
      new Response(
        new Blob(["x".repeat(100_000)]).stream().pipeThrough(new CompressionStream("gzip")),
      ).arrayBuffer(),
  };
  for (const [name, start] of Object.entries(works)) {
    it(`waits for ${name}, and does not jump over it to a deadline far away`, async () => {
      await simulate(function* () {
        yield* until(start(), now() + 60_000);
      });
    });
  }

  it("tells its own timers from one that was there before and ends meanwhile", async () => {
    setTimeout(() => {}, 10);
    await simulate(function* () {
      yield* until(wait(60), now() + 60_000);
    });
    setTimeout(() => {}, 10);
    await simulate(function* () {
      yield* until(wait(60), -1);
    });
  });

  it("lets the clock move beside a loop of immediates that never ends", async () => {
    let isOver = false;
    const again = (): void => {
      if (!isOver) setImmediate(again);
    };
    await simulate(function* () {
      again();
      yield* msleep(now() + 50);
    });
    isOver = true;
  });

  it("lets an operation of Effection's take its time under a deadline", async () => {
    await simulate(function* (sim) {
      yield* fromEffection(function* () {
        yield* sleep(40);
      }, now() + 1000);
      expect(sim.elapsed).to.be.within(20, 900);
    });
  });

  it("is no livelock because much happens at one moment", async () => {
    await simulate(function* () {
      const [a, b] = chmake<number>();
      const sender = bundle();
      bundleGo(
        sender,
        (function* () {
          for (let i = 0; i < 60_000; i++) yield* chsend(a, i, -1);
        })(),
      );
      for (let i = 0; i < 60_000; i++) yield* chrecv(b, -1);
      hclose(sender);
    });
  }).timeout(20_000);

  it("is explored while performance.now stands still, as under fake timers", async () => {
    const { now: real } = performance;
    const time = performance.now();
    performance.now = () => time;
    try {
      const { schedules } = await explore(
        function* () {
          yield* msleep(now() + 1);
        },
        { schedules: 5 },
      );
      expect(schedules).to.equal(5);
    } finally {
      performance.now = real;
    }
  });

  for (const [what, op] of Object.entries({
    undefined,
    "a symbol": Symbol("op"),
    "an object that throws": { replace: thrower, toString: thrower },
  })) {
    it(`tells a deadlock, although a clause of its choose has become ${what}`, async () => {
      const body: Body<void> = function* () {
        const [a, b] = chmake();
        const clause: { op: unknown; ch: unknown } = { op: "recv", ch: b };
        bundleGo(
          bundle(),
          (function* () {
            yield* msleep(now() + 1);
            clause.op = op;
            yield* chrecv(a, -1);
          })(),
        );
        const reused: unknown = clause;
        const clauses = [reused as WaitClause];
        yield* choose(clauses, -1);
      };
      expect(await rejectionOf(simulate(body))).to.have.property("code", "EDEADLK");
    });
  }

  it("explores a program whose choose has no clause of any kind", async () => {
    const error = await rejectionOf(
      explore(function* () {
        yield* msleep(now() + 1);
        const clauses: WaitClause[] = [{} as WaitClause];
        yield* choose(clauses, -1);
      }),
    );
    expect(String(error)).to.match(/EINVAL: clause 0[^]*choose\(undefined\)[^]*replay: "1:1"/);
  });

  it("shows an error of any length and with any character in one short line that is safe", async () => {
    const error = await rejectionOf(
      explore(function* () {
        yield* msleep(now() + 1);
        throw `\u001b[31m${"x".repeat(1e5)}`;
      }),
    );
    const [head = ""] = String(error).split("\n");
    expect(head).to.match(/^ScheduleFailure: \\u001b\[31mxxx/);
    expect(head.length).to.be.below(1500);
  });

  it("does the same with a note that can't be text in each run", async () => {
    const hostile: unknown = { toString: thrower };
    await explore(
      function* (sim) {
        yield* msleep(now() + 1);
        sim.note(hostile as string);
      },
      { schedules: 3 },
    );
  });
});

function thrower(): never {
  throw new Error("thrown by a hostile object");
}
