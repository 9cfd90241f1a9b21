import { expect } from "chai";
import { describe } from "mocha";
import { startFixture } from "../support/process.js";

describe("two copies of the package in one process", () => {
  it("are told once, share no numbers, and name a handle or an operation of the other one", async () => {
    const { output, status } = await startFixture("twoCopies").ended();
    expect(status).to.equal(0);
    expect(output.match(/SECOND_COPY/g)).to.have.length(1);
    expect(output).to.include("numbers differ: true");
    const others = output.match(
      /^\w+ .*EINVAL: the operation belongs to another copy of libdill-ts/gm,
    );
    expect(others, output).to.have.length(10);
    expect(output).not.to.include("outside a coroutine");
    expect(output).to.include("EINVAL: bundleGo got a generator that was started already");
    expect(output).to.match(/EBADF: handle \d+ belongs to another copy of libdill-ts/);
    expect(output).to.include("its errors are known: true");
    expect(output).to.include("still open: true");
  });
});
