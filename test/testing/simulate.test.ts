import { expect } from "chai";
import { it as plain } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  chsend,
  go,
  hclose,
  ipcPair,
  msleep,
  now,
  run,
  until,
  withDeadline,
} from "libdill-ts";
import {
  type Body,
  explore,
  simulate,
  simulated,
  type Simulation,
  type SimulationOptions,
} from "libdill-ts/testing";
import { rejectionOf } from "../support/failure.js";
import { it } from "../support/it.js";

describe("simulate", () => {
  it("returns what the program has returned", async () => {
    expect(
      await simulate(function* () {
        yield* msleep(now() + 1);
        return "done";
      }),
    ).to.equal("done");
  });

  it("lets a year pass at once", async () => {
    const year = 365 * 24 * 3_600_000;
    await simulate(function* (sim) {
      yield* msleep(now() + year);
      expect(sim.elapsed).to.equal(year);
    });
  });

  it("wakes sleepers in the order of their deadlines", async () => {
    const woken: number[] = [];
    await simulate(function* () {
      const b = bundle();
      for (const delay of [30, 10, 20]) {
        bundleGo(
          b,
          (function* () {
            yield* msleep(now() + delay);
            woken.push(delay);
          })(),
        );
      }
      yield* bundleWait(b, -1);
      hclose(b);
    });
    expect(woken).to.deep.equal([10, 20, 30]);
  });

  it("keeps the clock where it is while somebody can run", async () => {
    await simulate(function* (sim) {
      const [a, b] = chmake();
      const sender = go(
        (function* () {
          for (let i = 0; i < 100; i++) yield* chsend(a, i, -1);
        })(),
      );
      for (let i = 0; i < 100; i++) expect(yield* chrecv(b, -1)).to.equal(i);
      expect(sim.elapsed).to.equal(0);
      hclose(sender);
      hclose(a);
      hclose(b);
    });
  });

  it("lets deadlines pass as on the real clock", async () => {
    await simulate(function* (sim) {
      const [a, b] = chmake();
      let code = "";
      try {
        yield* chrecv(b, now() + 250);
      } catch (error) {
        code = codeOf(error);
      }
      expect([code, sim.elapsed]).to.deep.equal(["ETIMEDOUT", 250]);
      hclose(a);
      hclose(b);
    });
  });

  it("rejects with what the program fails with", async () => {
    const failure = new Error("the program's own");
    const error = await rejectionOf(
      simulate(function* () {
        yield* msleep(now() + 1);
        throw failure;
      }),
    );
    expect(error).to.equal(failure);
  });

  it("is EDEADLK at once when everybody waits", async () => {
    const error = await rejectionOf(
      simulate(function* () {
        const [a, b] = chmake();
        try {
          yield* chrecv(b, -1);
        } finally {
          hclose(a);
          hclose(b);
        }
      }),
    );
    expect(error).to.have.property("code", "EDEADLK");
    expect(String(error)).to.match(/chrecv/);
  });

  it("runs the finally blocks of what is deadlocked", async () => {
    let hasCleanedUp = false;
    await rejectionOf(
      simulate(function* () {
        try {
          yield* msleep(-1);
        } finally {
          hasCleanedUp = true;
        }
      }),
    );
    expect(hasCleanedUp).to.equal(true);
  });

  it("ends a program that never lets the clock move", async () => {
    const error = await rejectionOf(
      simulate(function* () {
        for (;;) yield;
      }),
    );
    expect(error).to.have.property("code", "EDEADLK");
    expect(String(error)).to.match(/livelock/);
  });

  it("lets a program that polls go on if its steps cost time", async () => {
    await simulate(
      function* (sim) {
        const end = now() + 5;
        while (now() < end) yield;
        expect(sim.elapsed).to.be.within(5, 6);
      },
      { cost: 0.001 },
    );
  });

  it("lets a loop end that looks at the clock and at nothing else", async () => {
    await simulate(function* (sim) {
      const end = now() + 5;
      while (now() < end);
      yield* msleep(now() + 1);
      expect(sim.elapsed).to.be.at.least(6);
    });
  });

  it("takes coroutines of other runs along", async () => {
    const inner: number[] = [];
    await simulate(function* (sim) {
      const answer = yield* until(
        run(
          (function* () {
            yield* msleep(now() + 1000);
            return 42;
          })(),
        ),
        now() + 5000,
      );
      inner.push(answer, sim.elapsed);
    });
    expect(inner).to.deep.equal([42, 1000]);
  });

  it("picks the same for the same seed, and something else for another one", async () => {
    const picks = async (seed: number): Promise<number[]> => {
      return await simulate(
        function* (sim) {
          yield* msleep(now() + 1);
          return Array.from({ length: 20 }, () => sim.between(0, 1000));
        },
        { seed },
      );
    };
    const [once, again, other] = [await picks(7), await picks(7), await picks(8)];
    expect(again).to.deep.equal(once);
    expect(other).not.to.deep.equal(once);
  });

  it("leaves the real clock and the real sockets as they were", async () => {
    const before = await run(
      (function* () {
        yield* msleep(now() + 1);
        return now();
      })(),
    );
    await simulate(function* () {
      yield* msleep(now() + 1e9);
    });
    const after = await run(
      (function* () {
        yield* msleep(now() + 1);
        return now();
      })(),
    );
    expect(after - before).to.be.within(1, 60_000);
  });

  it("lets simulations that are started at once take turns", async () => {
    let inside = 0;
    const body: Body<void> = function* () {
      inside += 1;
      expect(inside).to.equal(1);
      yield* msleep(now() + 100);
      yield* until(Promise.resolve(), -1);
      inside -= 1;
    };
    await Promise.all([simulate(body), simulate(body), simulate(body)]);
  });

  it("is EBUSY inside another one", async () => {
    const error = await rejectionOf(
      simulate(function* () {
        yield* until(
          simulate(function* () {}),
          -1,
        );
      }),
    );
    expect(error).to.have.property("code", "EBUSY");
  });

  it("is EBUSY in an async function that it has called, too", async () => {
    const body: Body<unknown> = function* () {
      const nested = (async () => {
        await Promise.resolve();
        return await rejectionOf(simulate(function* () {}));
      })();
      return yield* until(nested, -1);
    };
    expect(await simulate(body)).to.have.property("code", "EBUSY");
  });

  it("is EBUSY while coroutines are alive on the real clock, and names them", async () => {
    const real = run(
      (function* () {
        yield* msleep(now() + 50);
      })(),
    );
    const error = await rejectionOf(simulate(function* () {}));
    await real;
    expect(error).to.have.property("code", "EBUSY");
    expect(String(error)).to.match(/msleep/);
  });

  it("goes on with what is next after a simulation has failed", async () => {
    await rejectionOf(
      simulate(function* () {
        yield* msleep(-1);
      }),
    );
    expect(
      await simulate(function* () {
        return yield* withDeadline(now() + 5, function* () {
          yield* msleep(now() + 1);
          return "fine";
        });
      }),
    ).to.equal("fine");
  });

  describe("takes no nonsense:", () => {
    const wrong: readonly (readonly [string, SimulationOptions])[] = [
      ["a seed", { seed: -1 }],
      ["a number of descriptors", { descriptors: -1 }],
      ["a cost", { cost: Number.NaN }],
      ["a patience", { patience: -5 }],
      ["a cost that stops the clock", { cost: Infinity }],
      ["a cost of ages", { cost: 1e308 }],
      ["an answer about the outside", { outside: "ignore" as "walk" }],
      ["a network", { network: {} as () => object }],
      ["names", { names: { a: "127.0.0.1" } as unknown as Record<string, string[]> }],
    ];
    for (const [what, options] of wrong) {
      plain(`${what} is EINVAL`, async () => {
        const error = await rejectionOf(simulate(function* () {}, options));
        expect(error).to.have.property("code", "EINVAL");
      });
    }

    plain("what a program has kept of its simulation is EBADF once that is over", async () => {
      const kept: Simulation[] = [];
      const machines = { m: ["10.0.0.1"] };
      const body: Body<void> = function* (sim) {
        kept.push(sim);
        yield* msleep(now() + 5);
      };
      await simulate(body, { machines });
      await explore(body, { machines, schedules: 3 });
      for (const sim of kept) {
        const calls: readonly (() => unknown)[] = [
          () => sim.start("m", (function* () {})()),
          () => sim.pick([1, 2]),
          () => sim.pick([1]),
          () => sim.between(1, 2),
          () => sim.chance(0.5),
          () => sim.chance(0),
          () => sim.net.cut("m"),
          () => sim.net.mend("m"),
          () => sim.net.kill("m"),
          () => sim.net.descriptors,
          () => void (sim.net.descriptors = 1),
        ];
        for (const call of calls) expect(call).to.throw().with.property("code", "EBADF");
        expect(sim.elapsed).to.equal(5);
        sim.note("nobody reads this");
      }
    });

    plain(
      "a coroutine in place of the function is EINVAL, and the message says what to write",
      async () => {
        const coroutine = (function* () {})();
        const error = await rejectionOf(simulate(coroutine as unknown as Body<void>));
        expect(error).to.have.property("code", "EINVAL");
        expect(String(error)).to.match(/generator function/);
      },
    );

    plain("a class is EINVAL, and an async function does not even begin", async () => {
      let hasBegun = false;
      const aClass = class {
        readonly field = 1;
      };
      const begins = async (): Promise<void> => void (hasBegun = true);
      for (const body of [aClass, begins]) {
        for (const call of [simulate, explore]) {
          const error = await rejectionOf(call(body as unknown as Body<void>));
          expect(error).to.have.property("code", "EINVAL");
        }
      }
      expect(hasBegun).to.equal(false);
    });

    for (const [what, body] of [
      ["an async function", async () => {}],
      ["a function that returns nothing", () => {}],
      ["a function that returns a list", () => [1, 2]],
      ["a function that returns a map", () => new Map([[1, 2]])],
      ["an async generator function", async function* () {}],
    ] as const) {
      plain(`${what} is EINVAL, and the message says what to write`, async () => {
        const error = await rejectionOf(simulate(body as unknown as Body<void>));
        expect(error).to.have.property("code", "EINVAL");
        expect(String(error)).to.match(/write function\* \(\) \{…\}/);
      });
    }

    plain(
      "a fault that does not exist is EINVAL, and the message lists those that do",
      async () => {
        const error = await rejectionOf(
          simulate(
            function* () {
              yield* ipcPair();
            },
            { network: () => ({ lag: 5 }) as object },
          ),
        );
        expect(String(error)).to.match(/latency/);
      },
    );
  });

  describe("simulated", () => {
    plain("is a function without parameters, so that no runner waits for a callback", async () => {
      const test = simulated(function* () {
        yield* msleep(now() + 1);
      });
      expect(test.length).to.equal(0);
      expect(await test()).to.equal(undefined);
    });
  });
});

function codeOf(error: unknown): string {
  return String(Reflect.get(Object(error), "code"));
}
