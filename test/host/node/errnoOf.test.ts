import { expect } from "chai";
import { codeOf, failureOf } from "#src/host/node/errnoOf.js";

describe("failureOf", () => {
  it("keeps a code that is one of ours, and the error as the cause", () => {
    for (const code of ["ENOENT", "EMFILE", "ENFILE", "ENOMEM"]) {
      const cause = systemError(code);
      expect(failureOf(cause)).to.deep.equal({ code, cause });
    }
  });

  it("says in our words what the kernel says in others", () => {
    const words = { ENOBUFS: "ENOMEM", EPERM: "EACCES", EPROTOTYPE: "ECONNREFUSED" };
    for (const [theirs, ours] of Object.entries(words)) {
      expect(failureOf(systemError(theirs)).code).to.equal(ours);
    }
  });

  it("calls everything else EIO", () => {
    for (const cause of [systemError("ESTALE"), new Error("no code"), "text", undefined]) {
      expect(failureOf(cause)).to.deep.equal({ code: "EIO", cause });
    }
  });
});

describe("codeOf", () => {
  it("is an error's code, and empty if it has none", () => {
    expect(codeOf(systemError("EAGAIN"))).to.equal("EAGAIN");
    for (const cause of [new Error("no code"), { code: "EAGAIN" }, null]) {
      expect(codeOf(cause)).to.equal("");
    }
  });
});

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
