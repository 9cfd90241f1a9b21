import { expect } from "chai";
import { startProgram } from "../support/process.js";

describe("the worker pool", () => {
  it("does every job once and ends when the jobs are done", async () => {
    const { status, stdout, stderr } = await startProgram("examples/worker-pool/main.js").ended();
    expect(stderr).to.equal("");
    expect(stdout.trim().split("\n")).to.deep.equal([
      "file1: 58",
      "file2: 19",
      "file3: 77",
      "file4: 38",
      "file5: 96",
      "file6: 57",
      "file7: 18",
      "file8: 76",
      "file9: 37",
      "3 workers did 9 jobs",
    ]);
    expect(status).to.equal(0);
  });
});
