import { expect } from "chai";
import { chmake, chrecv, hclose, type Handle, isErrno } from "libdill-ts";
import { failureOf, thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

const badHandle = (): unknown => thrownBy(() => hclose(-5 as Handle));

describe("isErrno", () => {
  it("tells whether an error has the code", () => {
    expect(isErrno(badHandle(), "EBADF")).to.equal(true);
    expect(isErrno(badHandle(), "EPIPE")).to.equal(false);
  });

  it("takes several codes", () => {
    expect(isErrno(badHandle(), "EPIPE", "EBADF")).to.equal(true);
    expect(isErrno(badHandle(), "EPIPE", "ETIMEDOUT")).to.equal(false);
  });

  it("takes every error of the library when no code is given", () => {
    expect(isErrno(badHandle())).to.equal(true);
    expect(isErrno(new Error("EBADF"))).to.equal(false);
  });

  it("knows the errors that are control flow, too", function* () {
    const [a, b] = chmake<number>();
    const error = yield* failureOf(chrecv(b, 0));
    expect(isErrno(error, "ETIMEDOUT")).to.equal(true);
    expect(isErrno(error, "ECANCELED")).to.equal(false);
    hclose(a);
    hclose(b);
  });

  it("says no to anything else that was thrown", () => {
    const lookalike = Object.assign(new Error("bad"), { code: "EBADF" });
    for (const thrown of [lookalike, { code: "EBADF" }, "EBADF", undefined, null, 9]) {
      expect(isErrno(thrown, "EBADF")).to.equal(false);
    }
  });
});
