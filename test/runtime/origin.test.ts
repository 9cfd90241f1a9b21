import { expect } from "chai";
import { startFixture } from "../support/process.js";

describe("the stack of an error that escapes a coroutine", () => {
  const variable = "LIBDILL_STACKS";

  beforeEach(() => {
    process.env["NODE_OPTIONS"] = "--enable-source-maps";
  });

  afterEach(() => {
    delete process.env[variable];
    delete process.env["NODE_OPTIONS"];
  });

  it("has the chain of yield*, without being asked", async () => {
    const stack = await stackOf("error");
    expect(stack).to.match(/^Error: boom\n +at innermost .*escaping\.ts:18:[^]* at throwing /);
    expect(stack).not.to.include("coroutine started");
  });

  it("says how to ask for more, where it has no frames of the coroutine's", async () => {
    const stack = await stackOf("deadline");
    expect(stack).to.match(/^DillError: ETIMEDOUT: [^\n]*\n {4}\(LIBDILL_STACKS=1 /);
    expect(stack).not.to.include("escaping.ts");
  });

  describe("with LIBDILL_STACKS=1", () => {
    beforeEach(() => {
      process.env[variable] = "1";
    });

    it("goes on where the coroutine was started, and the one that did that, up to the run", async () => {
      const [own = "", ...starts] = (await stackOf("error")).split("\n  coroutine started\n");
      expect(own).to.match(/^Error: boom\n +at innermost /);
      expect(starts.map(placesIn)).to.deep.equal([
        ["escaping.ts:33"], // bundleGo in the scope's body
        ["escaping.ts:32"], // scope
        ["escaping.ts:39"], // go
        ["escaping.ts:60"], // run
      ]);
    });

    it("is there for what is control flow otherwise", async () => {
      const [own = "", ...starts] = (await stackOf("deadline")).split("\n  coroutine started\n");
      expect(own).to.match(/^DillError: ETIMEDOUT: /);
      expect(own).to.match(/ at waiting .*escaping\.ts:27:/);
      expect(starts).to.have.length(4);
    });

    it("does not grow with each successor that a coroutine starts", async () => {
      const [, ...starts] = (await stackOf("succession")).split("\n  coroutine started\n");
      expect(starts).to.have.length(10);
    });

    it("tells the same of those in a deadlock", async () => {
      expect(await stackOf("deadlock")).to.match(
        /#0 \w+ {2}chrecv\(\d+\) {2}\S*escaping\.ts:\d+ {2}started at .*escaping\.ts:60:/,
      );
    });
  });
});

async function stackOf(program: string): Promise<string> {
  const { status, stdout, stderr } = await startFixture("escaping", program).ended();
  expect([status, stderr]).to.deep.equal([0, ""]);
  return stdout;
}

function placesIn(frames: string): string[] {
  return [...frames.matchAll(/escaping\.ts:\d+/g)].map(([place]) => place);
}
