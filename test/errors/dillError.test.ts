import { constants } from "node:os";
import { expect } from "chai";
import { describe } from "mocha";
import {
  chmake,
  chrecv,
  type Coroutine,
  DillError,
  type Handle,
  hclose,
  isErrno,
  msleep,
} from "libdill-ts";
import { dillError, nativeError, signalError } from "#src/errors/dillError.js";
import { thrownBy, thrownIn } from "../support/failure.js";
import { it } from "../support/it.js";

describe("DillError", () => {
  it("is shaped like Node's own system errors", function* () {
    const error = thrownBy(() => hclose(-1 as Handle));
    expect(error).to.be.instanceOf(DillError).and.instanceOf(Error);
    expect(error).to.include({
      name: "DillError",
      code: "EBADF",
      errno: -constants.errno.EBADF,
      syscall: "hclose",
      message: "EBADF: handle -1 is not open, hclose",
    });
  });

  it("has that shape also where it is control flow", function* () {
    const [left, right] = chmake();
    const error = yield* thrownIn(chrecv(left, 0));
    expect(error).to.be.instanceOf(DillError).and.instanceOf(Error);
    expect(error).to.include({
      name: "DillError",
      code: "ETIMEDOUT",
      errno: -constants.errno.ETIMEDOUT,
      syscall: "chrecv",
      message: "ETIMEDOUT: deadline was reached, chrecv",
    });
    expect(String(error)).to.equal("DillError: ETIMEDOUT: deadline was reached, chrecv");
    hclose(left);
    hclose(right);
  });

  it("carries the coroutine's stack down to the line with the yield*", function* () {
    function* unmistakable(): Coroutine<unknown> {
      return yield* thrownIn(msleep(Number.NaN));
    }
    const error = yield* unmistakable();
    expect((error as Error).stack)
      .to.include("unmistakable")
      .and.include("dillError.test");
  });

  it("names the address and keeps the cause", () => {
    const cause = new Error("cause");
    const error = dillError("ENOENT", "ipc_connect", { address: "/tmp/x", cause });
    expect(error).to.include({ address: "/tmp/x", cause });
    expect(error.message).to.equal("ENOENT: no such file or directory, ipc_connect '/tmp/x'");
    expect(dillError("ENOENT", "x")).not.to.have.property("address");
  });

  it("becomes a native error for whoever needs one, and others stay as they are", () => {
    const native = nativeError(signalError("ECANCELED", "msleep"), "reason");
    expect(Object.prototype.toString.call(native)).to.equal("[object Error]");
    expect(native).to.include({ code: "ECANCELED", syscall: "msleep", cause: "reason" });
    const other = new Error("other");
    expect(nativeError(other)).to.equal(other);
    expect(nativeError(undefined)).to.equal(undefined);
  });
});

describe("isErrno", () => {
  it("tells a DillError by its code, or any of several", () => {
    const error: unknown = signalError("EPIPE", "chsend");
    expect(isErrno(error)).to.equal(true);
    expect(isErrno(error, "EPIPE")).to.equal(true);
    expect(isErrno(error, "ETIMEDOUT", "EPIPE")).to.equal(true);
    expect(isErrno(error, "ETIMEDOUT")).to.equal(false);
  });

  it("is false for everything else, Node's own errors among it", () => {
    const native = Object.assign(new Error("EPIPE"), { code: "EPIPE" });
    for (const value of [native, undefined, null, "EPIPE", { code: "EPIPE" }]) {
      expect(isErrno(value, "EPIPE")).to.equal(false);
      expect(isErrno(value)).to.equal(false);
    }
  });
});
