import { expect } from "chai";
import { chmake, chrecv, chsend, go, hclose, isErrno, msleep, now } from "libdill-ts";
import { type Body, explore, type ExploreOptions, ScheduleFailure } from "libdill-ts/testing";
import { rejectionOf } from "../support/failure.js";
import { it } from "../support/it.js";

async function failureOf(body: Body<unknown>, options?: ExploreOptions): Promise<ScheduleFailure> {
  const failure = await rejectionOf(explore(body, options));
  expect(failure).to.be.instanceOf(ScheduleFailure, String(failure));
  return failure as ScheduleFailure;
}

function* endless() {
  for (;;) yield* msleep(now() + 1);
}

describe("a failing schedule", () => {
  it("is told however much has happened in it", async function () {
    this.timeout(60_000);
    const failure = await failureOf(
      function* () {
        for (let i = 0; i < 130_000; i++) yield* msleep(now() + 1);
        throw new Error("mine");
      },
      { seconds: 20 },
    );
    expect(failure.message).to.match(/^Error: mine/);
  });

  it("is told whatever it has thrown", async () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const unreadable: unknown[] = [
      Object.create(null),
      revoked.proxy,
      {
        toString() {
          throw new Error("no");
        },
      },
    ];
    for (const value of unreadable) {
      const failure = await failureOf(function* (sim) {
        yield* msleep(now() + 1);
        if (sim.chance(0.5)) throw value;
      });
      expect(failure.message).to.match(/^an error that can't be shown \(found by/);
      expect(failure.cause).to.equal(value);
    }
  });

  it("says that it could not be repeated, if that is so, and shows no run that has not failed", async () => {
    let calls = 0;
    const failure = await failureOf(function* () {
      yield* msleep(now() + 1);
      const [a, b] = chmake();
      go(
        (function* () {
          yield* chsend(a, 1, -1);
        })(),
      );
      yield* chrecv(b, -1);
      hclose(a);
      hclose(b);
      calls += 1;
      if (calls === 9) throw new Error("once");
    });
    expect(failure.message).to.match(/^Error: once \(found by schedule 7, .*could not be repeated/);
    expect(failure.message).not.to.match(/shrunk|msleep/);
    expect(failure.trace).to.equal("");
  });

  it("may be one that does not end: that one is stopped, and told", async function () {
    this.timeout(60_000);
    const failure = await failureOf(
      function* (sim) {
        yield* msleep(now() + 1);
        if (sim.chance(0.5)) yield* endless();
      },
      { seconds: 0.2 },
    );
    expect(failure.message).to.match(
      /^DillError: ETIMEDOUT: one schedule has taken 10 s and more.* \(found by schedule \d+, with 1/,
    );
    expect(isErrno(failure.cause, "ETIMEDOUT")).to.equal(true);
    expect(failure.schedule).to.match(/p1$/);
  });

  it("counts the choices of what was tried, and not of the look whether runs are the same", async () => {
    const { schedules, choices } = await explore(
      function* (sim) {
        yield* msleep(now() + 1);
        sim.pick([1, 2]);
      },
      { schedules: 1 },
    );
    expect({ schedules, choices }).to.deep.equal({ schedules: 1, choices: 1 });
  });
});
