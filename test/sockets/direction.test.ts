import { expect } from "chai";
import { DillError } from "libdill-ts";
import { brokenError, Direction, type TransferUser } from "#src/sockets/direction.js";

describe("a connection's direction", () => {
  it("is open at first, and may be used", () => {
    const direction = new Direction();
    expect(direction.state).to.equal("open");
    direction.checkUsable("bsend");
    direction.checkOpen("bsend");
  });

  it("is EBUSY while it has a user", () => {
    const direction = new Direction();
    direction.user = nobody;
    expect(() => direction.checkUsable("bsend")).to.throw(DillError, "EBUSY");
    direction.checkOpen("bsend");
    direction.user = null;
    direction.checkUsable("bsend");
  });

  it("is EPIPE once it is done, ECONNRESET once it is broken", () => {
    const done = new Direction();
    done.state = "done";
    expect(() => done.checkUsable("brecv")).to.throw(DillError, "EPIPE");
    const broken = new Direction();
    broken.break();
    expect(() => broken.checkUsable("brecv")).to.throw(DillError, "ECONNRESET");
  });

  it("tells busy before done and broken", () => {
    for (const state of ["done", "broken"] as const) {
      const direction = new Direction();
      direction.state = state;
      direction.user = nobody;
      expect(() => direction.checkUsable("bsend")).to.throw(DillError, "EBUSY");
    }
  });

  it("stays done: what has ended can't break", () => {
    const direction = new Direction();
    direction.state = "done";
    direction.break();
    expect(direction.state).to.equal("done");
  });

  it("says of ECONNRESET that it is about an earlier failure", () => {
    const error = brokenError("bsend");
    expect(error).to.include({ code: "ECONNRESET", syscall: "bsend" });
    expect(error.message).to.contain("an earlier operation in this direction failed");
  });
});

const nobody: TransferUser = { progress() {}, fail() {}, abandon() {} };
