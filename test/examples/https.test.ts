import { expect } from "chai";
import { startProgram } from "../support/process.js";

describe("the https example", () => {
  it("answers who trusts it, and nobody else", async () => {
    const { status, stdout, stderr } = await startProgram("examples/https/main.js").ended();
    expect(stderr).to.equal("");
    expect(stdout).to.contain("you asked for /first\nyou asked for /second\n");
    expect(stdout).to.contain("without the certificate, nobody trusts the server\n");
    expect(status).to.equal(0);
  });
});
