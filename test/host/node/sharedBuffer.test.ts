import { Socket } from "node:net";
import { expect } from "chai";
import { receiveInto } from "#src/host/node/sharedBuffer.js";
import { startFixture } from "../../support/process.js";

describe("receiveInto", () => {
  it("finds in this Node how to read into its own buffer", () => {
    const socket = new Socket();
    receiveInto(socket, { receive() {} });
    expect(socket.listenerCount("data")).to.equal(0);
    socket.destroy();
  });

  it("makes do with 'data' where it does not, and no byte is lost", async () => {
    const { status, stdout } = await startFixture("withoutOnread").ended();
    expect({ status, stdout }).to.deep.equal({ status: 0, stdout: "true\n" });
  });
});
