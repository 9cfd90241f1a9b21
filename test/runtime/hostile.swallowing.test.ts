import { expect } from "chai";
import { afterEach, describe } from "mocha";
import { it } from "../support/it.js";
import { type RunningProgram, startFixture } from "../support/process.js";

const programs: RunningProgram[] = [];

describe("a canceled coroutine that catches all, in a loop that begins with a plain function, is ended", () => {
  afterEach(() => {
    for (const { process } of programs.splice(0)) process.kill("SIGKILL");
  });

  for (const name of ["bundle", "chmake", "go", "hmake", "bundleGo"]) {
    it(name, async () => {
      const program = startFixture("swallowing", name);
      programs.push(program);
      const timer = setTimeout(() => program.process.kill("SIGKILL"), 1500);
      const { status, stdout } = await program.ended();
      clearTimeout(timer);
      expect(stdout).to.equal("EDEADLK\n");
      expect(status).to.equal(0);
    });
  }
});
