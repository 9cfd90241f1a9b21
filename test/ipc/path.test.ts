import { expect } from "chai";
import { DillError } from "libdill-ts";
import { checkPath, longName } from "#src/ipc/path.js";

describe("checkPath", () => {
  it("returns what may be a socket's path as it is", () => {
    const paths = ["/tmp/s", "s", "./s", "../s", "/", ".", " ", "/tmp/ s\n", "/tmp/é🦆", "//a//b/"];
    for (const path of paths) expect(checkPath(path, "ipc_connect")).to.equal(path);
  });

  it("counts bytes of UTF-8, of which as many fit as the kernel opens", () => {
    for (const path of ["p".repeat(4095), "é".repeat(2047), "🦆".repeat(1023)]) {
      expect(checkPath(path, "ipc_connect")).to.equal(path);
    }
    for (const path of ["p".repeat(4096), "é".repeat(2048), "🦆".repeat(1024)]) {
      expect(() => checkPath(path, "ipc_connect")).to.throw(DillError, "ENAMETOOLONG");
    }
  });

  it("says how long the path is and how much fits", () => {
    const path = "é".repeat(2100);
    const message = "ENAMETOOLONG: path is 4200 bytes, at most 4095 fit, ipc_listen";
    expect(() => checkPath(path, "ipc_listen")).to.throw(DillError, message);
  });

  it("refuses the empty path with ENOENT", () => {
    expect(() => checkPath("", "ipc_connect")).to.throw(DillError, "ENOENT");
  });

  it("refuses half a character, which Node would make another one of", () => {
    for (const path of ["/tmp/\ud800", "/tmp/\udc00s", "\ud83e\ud83e\udd86"]) {
      expect(() => checkPath(path, "ipc_connect")).to.throw(DillError, "half a character");
    }
  });

  it("refuses what is no path with EINVAL", () => {
    for (const path of ["a\0", "\0a", "\0", 5, null, undefined, {}, ["a"], Symbol.iterator]) {
      expect(() => checkPath(path, "ipc_connect")).to.throw(DillError, "EINVAL");
    }
  });
});

describe("longName", () => {
  it("says which name in a path no file system takes", () => {
    expect(longName(`/tmp/${"é".repeat(128)}/s`)).to.equal(
      "a name in the path is 256 bytes, at most 255 fit",
    );
    expect(longName(`/${"n".repeat(255)}/${"é".repeat(127)}`)).to.equal(undefined);
  });
});
