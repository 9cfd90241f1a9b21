import { expect } from "chai";
import { startProgram } from "../support/process.js";

describe("the handle type of one's own", () => {
  it("hands its resource over and frees it when its coroutine is canceled", async () => {
    const { status, stdout, stderr } = await startProgram("examples/handle-type/main.js").ended();
    expect(stderr).to.equal("");
    expect(stdout.trim().split("\n")).to.deep.equal([
      "locked: true",
      "the worker has taken it over",
      "second attempt: lock is locked",
      "free again: true",
      "a bundle is no lock: ENOTSUP",
      "free after the end: true",
    ]);
    expect(status).to.equal(0);
  });
});
