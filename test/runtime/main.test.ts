import { expect } from "chai";
import { describe, it } from "mocha";
import { startFixture } from "../support/process.js";

describe("main", () => {
  it("runs the program and exits with 0", async () => {
    const child = startFixture("main", "value");
    const { status, output } = await child.ended();
    expect(status).to.equal(0);
    expect(output).to.equal("after main\n");
  });

  it("prints an error that gets out and exits with 1", async () => {
    const child = startFixture("main", "error");
    const { status, output } = await child.ended();
    expect(status).to.equal(1);
    expect(output).to.include("Error: it went wrong").and.include("after main");
  });

  it("prints an error that nobody has asked for and exits with 1", async () => {
    const child = startFixture("main", "forgotten");
    const { status, output } = await child.ended();
    expect(status).to.equal(1);
    expect(output).to.include("Error: nobody asked");
  });

  for (const program of ["unprintable", "withoutStack"]) {
    it(`exits with 1 though the error throws when it is printed: ${program}`, async () => {
      const { status, output } = await startFixture("main", program).ended();
      expect(status).to.equal(1);
      expect(output).to.match(/^\[?Error: (unprintable|without a stack)\]?\nafter main\n$/);
    });
  }

  it("exits with 1 if its options are none, and has started nothing", async () => {
    const { status, output } = await startFixture("main", "value", "null").ended();
    expect(status).to.equal(1);
    expect(output).to.match(/EINVAL: the options are an object, not null, main\n[^]*after main\n$/);
  });

  it("takes any ECANCELED of a main coroutine that was told to end for its cancellation", async () => {
    const child = startFixture("main", "cancelsTwice");
    await child.said("ready");
    child.signal("SIGTERM");
    expect(await child.ended()).to.deep.include({ status: 0, output: "ready\nafter main\n" });
  });

  it("reports a deadlock and exits with 1", async () => {
    const child = startFixture("main", "deadlock");
    const { status, output } = await child.ended();
    expect(status).to.equal(1);
    expect(output).to.include("EDEADLK").and.include("chrecv(");
  });

  it("lets a coroutine that sleeps for ever wait for a signal", async () => {
    const child = startFixture("main", "clean");
    await child.said("ready");
    child.signal("SIGTERM");
    expect((await child.ended()).status).to.equal(0);
  });

  it("says what to hand over, and exits with 1", async () => {
    const child = startFixture("main", "no such program");
    const { status, output } = await child.ended();
    expect(status).to.equal(1);
    expect(output).to.include("EINVAL").and.include("function* () { … }");
  });

  // After Ctrl-C, and when its terminal is gone, a shell must not go on as if all were done.
  for (const [signal, told] of [
    ["SIGINT", 130],
    ["SIGTERM", 0],
    ["SIGHUP", 129],
  ] as const) {
    describe(signal, () => {
      it(`cancels the main coroutine, runs every finally and exits with ${told}`, async () => {
        const child = startFixture("main", "wait");
        await child.said("ready");
        child.signal(signal);
        const { status, output } = await child.ended();
        expect(status).to.equal(told);
        expect(output.split("\n")).to.deep.equal([
          "ready",
          "ECANCELED",
          "child ended",
          "handle closed",
          "after main",
          "",
        ]);
      });

      it(`exits with ${told} when the main coroutine returns after it`, async () => {
        const child = startFixture("main", "clean");
        await child.said("ready");
        child.signal(signal);
        expect((await child.ended()).status).to.equal(told);
      });

      it("ends the process at once the second time", async () => {
        const child = startFixture("main", "outlived");
        await child.said("ready");
        child.signal(signal);
        await child.said("after main");
        child.signal(signal);
        expect((await child.ended()).status).to.be.oneOf([
          signal,
          { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal],
        ]);
      });

      it("ends the process at once the second time, also if others listen to it", async () => {
        const child = startFixture("main", "heard", '{"grace":60000}');
        await child.said("ready");
        child.signal(signal);
        await child.said("told");
        child.signal(signal);
        expect((await child.ended()).status).to.equal(
          { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal],
        );
      });

      it("that arrives twice, from a wrapper that passes it on, is one", async () => {
        const child = startFixture("main", "wait");
        await child.said("ready");
        for (let i = 0; i < 3; i++) child.signal(signal);
        expect((await child.ended()).status).to.equal(told);
      });

      it("exits with 1 when the clean-up fails", async () => {
        const child = startFixture("main", "fails");
        await child.said("ready");
        child.signal(signal);
        const { status, output } = await child.ended();
        expect(status).to.equal(1);
        expect(output).to.include("clean-up failed");
      });
    });
  }
});
