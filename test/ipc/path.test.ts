import { expect } from "chai";
import { DillError } from "libdill-ts";
import { checkPath } from "#src/ipc/path.js";

describe("checkPath", () => {
  it("returns what may be a socket's path as it is", () => {
    const paths = ["/tmp/s", "s", "./s", "../s", "/", ".", " ", "/tmp/ s\n", "/tmp/é🦆", "//a//b/"];
    for (const path of paths) expect(checkPath(path, "ipc_connect")).to.equal(path);
  });

  it("counts bytes of UTF-8, of which 107 fit", () => {
    for (const path of ["p".repeat(107), "é".repeat(53), "🦆".repeat(26)]) {
      expect(checkPath(path, "ipc_connect")).to.equal(path);
    }
    for (const path of ["p".repeat(108), "é".repeat(54), "🦆".repeat(27), "/".repeat(108)]) {
      expect(() => checkPath(path, "ipc_connect")).to.throw(DillError, "ENAMETOOLONG");
    }
  });

  it("says how long the path is and how much fits", () => {
    const path = "é".repeat(60);
    const message = `ENAMETOOLONG: path is 120 bytes, at most 107 fit, ipc_listen '${path}'`;
    expect(() => checkPath(path, "ipc_listen")).to.throw(DillError, message);
  });

  it("names a name that is too long even for a file", () => {
    const path = `/tmp/${"n".repeat(256)}`;
    expect(() => checkPath(path, "ipc_connect")).to.throw(DillError, "256 bytes, at most 255 fit");
  });

  it("refuses the empty path with ENOENT", () => {
    expect(() => checkPath("", "ipc_connect")).to.throw(DillError, "ENOENT");
  });

  it("refuses what is no path with EINVAL", () => {
    for (const path of ["a\0", "\0a", "\0", 5, null, undefined, {}, ["a"], Symbol.iterator]) {
      expect(() => checkPath(path, "ipc_connect")).to.throw(DillError, "EINVAL");
    }
  });
});
