import { expect } from "chai";
import { it } from "../support/it.js";
import { startProgram } from "../support/program.js";

describe("main", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`cancels the main coroutine on ${signal}, and exits with 0`, async () => {
      const program = startProgram("test/fixtures/interrupted.js");
      await program.said("ready");
      program.process.kill(signal);
      const { status, stdout, stderr } = await program.ended();
      expect(stderr).to.equal("");
      expect(stdout).to.equal("ready\nmain cleaned up\nchild cleaned up\n");
      expect(status).to.equal(0);
    });
  }

  for (const [first, second, expected] of [
    ["SIGINT", "SIGTERM", 143],
    ["SIGTERM", "SIGINT", 130],
    ["SIGINT", "SIGINT", 130],
  ] as const) {
    it(`exits at once with ${expected} when ${second} follows ${first}`, async () => {
      const program = startProgram("test/fixtures/impatient.js", first, second);
      const { status, stdout, stderr } = await program.ended();
      expect(stderr).to.equal("");
      expect(stdout).to.equal("");
      expect(status).to.equal(expected);
    });
  }

  for (const when of ["cleaned up", "main has returned"]) {
    it(`ends by a second signal what a timer keeps alive, once it says "${when}"`, async () => {
      const program = startProgram("test/fixtures/lingering.js");
      await program.said("ready");
      program.process.kill("SIGINT");
      await program.said(when);
      program.process.kill("SIGINT");
      const { status, stderr } = await program.ended();
      expect(stderr).to.equal("");
      expect(status).to.equal(130);
    });
  }

  it("prints an error that gets out, and exits with 1", async () => {
    const { status, stdout, stderr } = await startProgram("test/fixtures/failing.js").ended();
    expect(stdout).to.equal("main has returned\n");
    expect(stderr).to.contain("Error: the child's");
    expect(status).to.equal(1);
  });

  it("prints all errors that get out", async () => {
    const { status, stderr } = await startProgram("test/fixtures/failing.js", "both").ended();
    expect(stderr).to.contain("AggregateError");
    expect(stderr).to.contain("Error: the child's");
    expect(stderr).to.contain("Error: the main coroutine's");
    expect(status).to.equal(1);
  });

  it("prints that it takes the generator function, when it got a generator", async () => {
    const { status, stdout, stderr } = await startProgram("test/fixtures/called.js").ended();
    expect(stdout).to.equal("");
    expect(stderr).to.contain("EINVAL");
    expect(stderr).to.contain("main takes the generator function itself");
    expect(status).to.equal(1);
  });
});
