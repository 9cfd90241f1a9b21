import { expect } from "chai";
import { describe, it } from "mocha";
import { startFixture } from "../support/process.js";

describe("a deadlock", () => {
  it("is EDEADLK, naming what the main coroutine waits in", async () => {
    expect(await outputOf("sleep")).to.match(
      /^error EDEADLK: .*\n {2}#0 \w+ {2}msleep\(-1\) {2}\S*deadlock\.[jt]s:\d+/,
    );
  });

  it("lists each coroutine and what it waits for", async () => {
    const output = await outputOf("channels");
    expect(output.match(/ {2}#0 \w+ {2}bundleWait\(\d+\)/g)).to.have.length(1);
    expect(output.match(/#\d \w+ \[bundle \d+\] {2}chrecv\(\d+\)/g)).to.have.length(2);
    expect(output.match(/#\d \w+ \[bundle \d+\] {2}join\S* for #\d/g)).to.have.length(1);
  });

  it("names a choose without clauses as such", async () => {
    expect(await outputOf("nothing")).to.match(/#0 \w+ {2}choose {2}/);
  });

  it("is found where a coroutine waits for a stream that nothing keeps alive", async () => {
    expect(await outputOf("stream")).to.match(/^error EDEADLK/);
    expect(await outputOf("readable")).to.match(/^error EDEADLK/);
  });

  it("cancels the coroutines first", async () => {
    expect(await outputOf("cleaning")).to.match(/^finally\nerror EDEADLK/);
  });

  it("is told though the main coroutine has a value after all", async () => {
    expect(await outputOf("handled")).to.match(/^error EDEADLK/);
  });

  it("is told to each run", async () => {
    expect((await outputOf("two")).match(/error EDEADLK/g)).to.have.length(2);
  });

  it("is found in a later run, too", async () => {
    expect(await outputOf("later")).to.match(/^error EDEADLK/);
  });

  for (const [program, why] of [
    ["immediate", "an immediate is pending"],
    ["promise", "a promise is pending"],
  ] as const) {
    it(`is none while ${why}`, async () => {
      expect(await outputOf(program)).to.equal("value fed\n");
    });
  }
});

async function outputOf(program: string): Promise<string> {
  const child = startFixture("deadlock", program);
  const { output } = await child.ended();
  return output;
}
