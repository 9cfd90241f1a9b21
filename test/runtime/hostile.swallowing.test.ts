import { expect } from "chai";
import { afterEach, describe } from "mocha";
import { it } from "../support/it.js";
import { type OtherProcess, startFixture } from "../support/process.js";

const programs: OtherProcess[] = [];

describe("a canceled coroutine that catches all, in a loop that begins with a plain function, is ended", () => {
  afterEach(() => {
    for (const program of programs.splice(0)) void program.kill();
  });

  for (const name of ["bundle", "chmake", "go", "hmake", "bundleGo"]) {
    it(name, async () => {
      const program = startFixture("swallowing", name);
      programs.push(program);
      const timer = setTimeout(() => void program.kill(), 1500);
      const { status, stdout } = await program.ended();
      clearTimeout(timer);
      expect(stdout).to.equal("EDEADLK\n");
      expect(status).to.equal(0);
    });
  }
});
