import { expect } from "chai";
import { describe } from "mocha";
import { startFixture } from "../support/process.js";

describe("two copies of the package in one process", () => {
  it("are told once, share no numbers, and name a handle of the other one", async () => {
    const { output, status } = await startFixture("twoCopies").ended();
    expect(status).to.equal(0);
    expect(output.match(/SECOND_COPY/g)).to.have.length(1);
    expect(output).to.include("numbers differ: true");
    expect(output).to.match(/EBADF: handle \d+ belongs to another copy of libdill-ts/);
    expect(output).to.include("its errors are known: true");
    expect(output).to.include("still open: true");
  });
});
