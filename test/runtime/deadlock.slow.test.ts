// Where a deadlock is looked for at length: it is found after a second at the earliest, and that it is not found
// takes longer still.
import { expect } from "chai";
import { describe, it } from "mocha";
import { chmake, chrecv, go, run } from "libdill-ts";
import { type OtherProcess, startFixture, stopProcesses } from "../support/process.js";
import { rejectionOf } from "../support/failure.js";

describe("a deadlock, looked for at length", () => {
  after(stopProcesses);

  it("is found although a test runner's time limit is pending", async function (this: Mocha.Context) {
    this.timeout(10_000);
    const error = await rejectionOf(
      run(
        (function* () {
          const [left] = chmake();
          go(
            (function* () {
              yield* chrecv(left, -1);
            })(),
          );
          yield* chrecv(left, -1);
        })(),
      ),
    );
    expect(error).to.include({ code: "EDEADLK", syscall: "run" });
  });

  it("is found although the test runner's standard input is a pipe", async () => {
    const peer = startFixture("deadlock", "underTest");
    expect(await peer.line()).to.match(/^error EDEADLK/);
  });

  it("is none while somebody reads from standard input", async () => {
    const peer = startFixture("deadlock", "underTestReading");
    setTimeout(() => peer.say("at last"), 1500);
    expect(await peer.line()).to.equal("value fed");
  });
});

describe("a deadlock is none while", () => {
  const programs = {
    timerInside: "a timer set in a coroutine is pending",
    childProcess: "a child process lives",
    signal: "a signal may be aborted",
    signalTimeout: "a signal with a time limit is pending",
    otherRun: "another run is asleep",
    sleeping: "a coroutine is asleep",
  };
  const running = new Map<string, OtherProcess>();

  after(stopProcesses);

  // They sleep most of the time, so all of them sleep at once.
  before(() => {
    for (const name of Object.keys(programs)) running.set(name, startFixture("deadlock", name));
  });

  for (const [name, why] of Object.entries(programs)) {
    it(why, async () => {
      const { output } = await running.get(name)!.ended();
      expect(output).to.equal("value fed\n");
    });
  }
});
