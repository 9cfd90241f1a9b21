// Deadlocks that were missed once, and false alarms. Each in a process of its own, which nothing else keeps alive.
import { expect } from "chai";
import { afterEach, describe } from "mocha";
import { it } from "../support/it.js";
import { type OtherProcess, startFixture } from "../support/process.js";

const programs: OtherProcess[] = [];

describe("a deadlock is found", () => {
  const deadlocks = {
    main: "where the main coroutine's clean-up gets stuck",
    child: "where the clean-up of a joined child gets stuck",
    scope: "where the clean-up in a scope gets stuck",
    withDeadline: "where the clean-up in a withDeadline gets stuck",
    messages: "where somebody waits for messages that nobody can send any more",
    bystander: "beside somebody who waits for messages that nobody can send any more",
    signaled: "beside a run whose signal has come already",
    bundle: "through a bundle",
  };
  for (const [name, title] of Object.entries(deadlocks)) {
    it(title, async () => {
      expect(await outputOf(name)).to.equal("EDEADLK\n");
    });
  }
});

describe("no deadlock is found", () => {
  const alarms = {
    timer: "while a timer of Node's will settle a promise",
    beforeExit: "before the listeners of beforeExit have had their say",
    laterDeadline: "while a deadline is left",
  };
  for (const [name, title] of Object.entries(alarms)) {
    it(title, async () => {
      expect(await outputOf(name)).to.equal("woken\n");
    });
  }
});

afterEach(() => {
  for (const program of programs.splice(0)) void program.kill();
});

/** What the program has said when it ended. */
async function outputOf(name: string): Promise<string> {
  const program = startFixture("stuck", name);
  programs.push(program);
  const timer = setTimeout(() => void program.kill(), 1800);
  const { output } = await program.ended();
  clearTimeout(timer);
  return output;
}
