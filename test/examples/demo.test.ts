import { expect } from "chai";
import { startProgram } from "../support/process.js";

describe("the demonstration", () => {
  it("greets, hangs 500 connects on a stopped server, and aborts them with one hclose", async () => {
    const { status, stdout, stderr } = await startProgram("examples/demo/main.js").ended();
    expect(stderr).to.equal("");
    expect(stdout).to.match(/alice says her name, and the server says "hello alice"/);
    expect(stdout).to.match(
      /one hclose\(bundle\): 500 times ECANCELED in [\d.]+ ms, 0 descriptors left/,
    );
    expect(stdout).to.match(/done: everything was as it should be\n$/);
    expect(status).to.equal(0);
  }).timeout(20_000);
});
