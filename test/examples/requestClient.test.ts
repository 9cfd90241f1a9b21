import { expect } from "chai";
import { startProgram } from "../support/process.js";

describe("the request client", () => {
  it("goes on with a new connection after a request that timed out", async () => {
    const { status, stdout, stderr } = await startProgram(
      "examples/request-client/main.js",
    ).ended();
    expect(stderr).to.equal("");
    expect(stdout.trim().split("\n")).to.deep.equal([
      "1 squared is 1",
      "2 squared is 4",
      "3: no answer within 100 ms",
      "4 squared is 16",
      "5 squared is 25",
    ]);
    expect(status).to.equal(0);
  });
});
