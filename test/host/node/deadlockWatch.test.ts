import { expect } from "chai";
import { type Coroutine, run } from "libdill-ts";
import { watchForDeadlock } from "#src/host/node/deadlockWatch.js";
import { startFixture } from "../../support/process.js";

describe("the watch for deadlocks, when the event loop runs empty", () => {
  for (const what of ["timer", "immediate", "promise", "file", "threadPool", "digest", "third"]) {
    it(`waits for what a listener of beforeExit starts: ${what}`, async () => {
      expect((await startFixture("emptyLoop", what).ended()).output).to.equal("value woken\n");
    });
  }

  for (const what of ["nothing", "idle"]) {
    it(`reports a deadlock where such listeners start nothing: ${what}`, async () => {
      expect((await startFixture("emptyLoop", what).ended()).output).to.equal("error EDEADLK\n");
    });
  }

  it("sees a deadlock that begins in the end of another one", async () => {
    const { output } = await startFixture("emptyLoop", "stuckAgain").ended();
    expect(output.split("\n")).to.include.members(["error EDEADLK", "again", "exit"]);
  });

  it("sees a deadlock in the clean-up of another one", async () => {
    const { output } = await startFixture("emptyLoop", "stuckCleanUp").ended();
    expect(output).to.match(/^error EDEADLK( EDEADLK)*\n$/);
  });

  it("leaves nothing behind when it is stopped", () => {
    const before = process.listenerCount("beforeExit");
    const stop = watchForDeadlock(() => {}, false);
    expect(process.listenerCount("beforeExit")).to.equal(before + 1);
    stop();
    expect(process.listenerCount("beforeExit")).to.equal(before);
  });
});

describe("many runs without a turn of the event loop", () => {
  it("ask Node for its timers a bounded number of times each, and set one immediate", async () => {
    const immediates: number[] = [];
    const real = process.getActiveResourcesInfo.bind(process);
    let asked = 0;
    process.getActiveResourcesInfo = () => {
      asked += 1;
      const resources = real();
      immediates.push(resources.filter((resource) => resource === "Immediate").length);
      return resources;
    };
    const count = 1000;
    try {
      for (let i = 0; i < count; i++) await run(nothing());
    } finally {
      process.getActiveResourcesInfo = real;
    }
    expect(asked).to.be.at.most(6 * count);
    // One is the mark that the event loop has turned.
    expect(Math.max(...immediates)).to.be.at.most(3);
  });

  it("ask for nothing outside of tests", async () => {
    const { output } = await startFixture("manyRuns").ended();
    expect(output).to.equal("0\n");
  });
});

// biome-ignore lint: a coroutine that ends at once.
function* nothing(): Coroutine {}
