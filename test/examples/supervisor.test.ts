import { expect } from "chai";
import { startProgram } from "../support/process.js";

describe("the supervisor", () => {
  it("restarts a failing service with growing pauses, and gives up in the end", async () => {
    const { status, stdout, stderr } = await startProgram("examples/supervisor/main.js").ended();
    expect(stderr).to.equal("");
    expect(stdout.trim().split("\n")).to.deep.equal([
      "flaky: no connection (1), next attempt in 10 ms",
      "flaky: no connection (2), next attempt in 20 ms",
      "flaky: connected at attempt 3",
      "broken: no such disk, next attempt in 10 ms",
      "broken: no such disk, next attempt in 20 ms",
      "broken: no such disk, next attempt in 40 ms",
      "broken: giving up after 4 attempts",
      "broken: no such disk",
    ]);
    expect(status).to.equal(0);
  });
});
