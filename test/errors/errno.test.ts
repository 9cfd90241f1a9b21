import { constants } from "node:os";
import { expect } from "chai";
import { type ErrnoCode, isErrnoCode, meaningOf, numberOf } from "#src/errors/errno.js";

/** The codes that a program can meet, as the pages name them. */
const codes: readonly ErrnoCode[] = [
  "EACCES",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EAGAIN",
  "EBADF",
  "EBUSY",
  "ECANCELED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EDEADLK",
  "EHOSTUNREACH",
  "EINVAL",
  "EMSGSIZE",
  "ENAMETOOLONG",
  "ENETDOWN",
  "ENETUNREACH",
  "ENODEV",
  "ENOENT",
  "ENOTSUP",
  "EPIPE",
  "EPROTO",
  "ETIMEDOUT",
];

describe("error codes", () => {
  for (const code of codes) {
    it(`${code} has the system's number, negative, and a meaning in words`, () => {
      expect(numberOf(code)).to.equal(-constants.errno[code]);
      expect(numberOf(code)).to.be.below(0);
      expect(meaningOf(code)).to.match(/^[a-z/ ]+$/);
    });
  }

  it("are told from other words", () => {
    for (const code of codes) expect(isErrnoCode(code)).to.equal(true);
    for (const other of ["EWHATEVER", "toString", "", undefined, null, -2, {}]) {
      expect(isErrnoCode(other)).to.equal(false);
    }
  });
});
