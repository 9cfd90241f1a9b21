import { expect } from "chai";
import { startFixture } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";

describe("adopting a descriptor of a socket of ours that nobody reads", () => {
  it("is EBUSY, whatever the socket is, and nothing is closed twice", async () => {
    const { status, stdout, stderr } = await startFixture("adoptOwn", socketPath()).ended();
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: "" });
    const codes = JSON.parse(stdout) as Record<string, string[]>;
    expect(Object.keys(codes)).to.deep.equal(["pair", "listener", "attempt", "accepted"]);
    for (const [what, found] of Object.entries(codes)) {
      expect(found, what).to.include("EBUSY");
      // EINVAL: it is the other kind of socket.
      for (const code of found) expect(code, what).to.be.oneOf(["EBUSY", "EINVAL"]);
    }
  });
});
