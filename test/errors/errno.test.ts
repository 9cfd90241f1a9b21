import { constants } from "node:os";
import { expect } from "chai";
import { type ErrnoCode, isErrnoCode, meaningOf, numberOf } from "#src/errors/errno.js";

const codes: readonly ErrnoCode[] = [
  "EACCES",
  "EADDRINUSE",
  "EBADF",
  "EBUSY",
  "ECANCELED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EDEADLK",
  "EINVAL",
  "EIO",
  "ELOOP",
  "EMFILE",
  "ENAMETOOLONG",
  "ENFILE",
  "ENOENT",
  "ENOMEM",
  "ENOTDIR",
  "ENOTSOCK",
  "ENOTSUP",
  "EPIPE",
  "EROFS",
  "ETIMEDOUT",
];

describe("errno", () => {
  for (const code of codes) {
    it(`knows ${code}: its number on this system, negative, and a meaning`, () => {
      expect(numberOf(code)).to.equal(-constants.errno[code]);
      expect(numberOf(code)).to.be.below(0);
      expect(meaningOf(code)).to.match(/^[a-z]/);
      expect(isErrnoCode(code)).to.equal(true);
    });
  }

  it("knows its codes from other words", () => {
    for (const word of ["", "epipe", "ENOTHING", "toString", "constructor", 32, undefined, null]) {
      expect(isErrnoCode(word)).to.equal(false);
    }
  });
});
