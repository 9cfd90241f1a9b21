import { constants } from "node:os";
import { inspect } from "node:util";
import { expect } from "chai";
import {
  bundle,
  type Channel,
  chdone,
  chmake,
  chrecv,
  type Coroutine,
  DillError,
  go,
  hclose,
  isErrno,
  join,
  run,
} from "libdill-ts";
import { dillError, nativeError, signalError } from "#src/errors/dillError.js";
import { itBoth as it } from "../support/it.js";

describe("DillError", () => {
  const cause = new Error("the disk is on fire");
  const kinds = [
    ["for a person", dillError("ETIMEDOUT", "chrecv")],
    ["for control flow", signalError("ETIMEDOUT", "chrecv")],
  ] as const;

  for (const [kind, error] of kinds) {
    describe(kind, () => {
      it("is an Error and a DillError", () => {
        expect(error).to.be.instanceOf(Error).and.to.be.instanceOf(DillError);
        expect(error.name).to.equal("DillError");
        expect(error.constructor).to.equal(DillError);
      });

      it("has the code, the system's negative number and libdill's function name", () => {
        expect(error.code).to.equal("ETIMEDOUT");
        expect(error.errno).to.equal(-constants.errno.ETIMEDOUT);
        expect(error.syscall).to.equal("chrecv");
      });

      it("has the fields of Node's own errors, and an address only where there is one", () => {
        expect(Object.keys(error)).to.have.members(["code", "errno", "syscall"]);
        expect("address" in error).to.equal(false);
      });

      it("words its message as Node does", () => {
        expect(error.message).to.equal("ETIMEDOUT: deadline was reached, chrecv");
        expect(String(error)).to.equal("DillError: ETIMEDOUT: deadline was reached, chrecv");
      });

      it("has a stack that starts with its name and message", () => {
        expect(error.stack).to.match(/^DillError: ETIMEDOUT: deadline was reached, chrecv/);
      });

      it("is printed with its name, message and fields", () => {
        const printed = inspect(error);
        expect(printed).to.match(/^\[?DillError: ETIMEDOUT: deadline was reached, chrecv/);
        expect(printed).to.include("code: 'ETIMEDOUT'").and.to.include("syscall: 'chrecv'");
        expect(printed).not.to.match(/undefined|Signal/);
      });

      it("lets a test runner rewrite its message and its stack", () => {
        const copy =
          kind === "for a person" ? dillError("EPIPE", "chsend") : signalError("EPIPE", "chsend");
        copy.message = "in the test: EPIPE";
        copy.stack = "no stack";
        expect([copy.message, copy.stack]).to.deep.equal(["in the test: EPIPE", "no stack"]);
        expect(signalError("EPIPE", "chsend").message).to.equal("EPIPE: broken pipe, chsend");
      });
    });
  }

  it("names the address in the field and in the message", () => {
    for (const error of [
      dillError("ETIMEDOUT", "ipc_connect", { address: "/tmp/x" }),
      signalError("ETIMEDOUT", "ipc_connect", "/tmp/x"),
    ]) {
      expect(error.address).to.equal("/tmp/x");
      expect(error.message).to.equal("ETIMEDOUT: deadline was reached, ipc_connect '/tmp/x'");
    }
  });

  it("has the message that it was given alone or in an object, in place of the code's meaning", () => {
    for (const details of ["the disk is full", { message: "the disk is full" }]) {
      expect(dillError("EIO", "bsend", details).message).to.equal("EIO: the disk is full, bsend");
    }
  });

  it("has the cause that it was given, and none otherwise", () => {
    expect(dillError("EIO", "bsend", { cause }).cause).to.equal(cause);
    expect("cause" in dillError("EIO", "bsend")).to.equal(false);
    expect(inspect(dillError("EIO", "bsend", { cause }))).to.include("the disk is on fire");
  });

  it("shows its cause as every other error does", () => {
    const error = dillError("EIO", "bsend", { cause });
    expect(Object.keys(error)).to.have.members(["code", "errno", "syscall"]);
  });

  it("says what exactly was wrong in place of the code's meaning", () => {
    const error = dillError("EINVAL", "msleep", { message: "a deadline is a number" });
    expect(error.message).to.equal("EINVAL: a deadline is a number, msleep");
  });

  describe("in a coroutine", () => {
    for (const [what, makeChannel] of [
      ["EBADF", closedChannel],
      ["ENOTSUP", noChannel],
    ] as const) {
      it(`${what} has the stack of the coroutine, through each yield*`, function* () {
        const error = yield* caughtIn(outermost(makeChannel()));
        expect(error.code).to.equal(what);
        expect(error.stack).to.match(/innermost[\s\S]*outermost/);
        expect(error.stack).to.include("dillError.test.ts");
      });
    }

    it("has a stack that reaches through many a yield*", function* () {
      const error = yield* caughtIn(nested(8, closedChannel()));
      expect(error.stack?.match(/\bnested\b(?!\.next)/g)).to.have.lengthOf.at.least(8);
    });

    it("leaves the length of other errors' stacks as it is", () => {
      const { stackTraceLimit } = Error;
      dillError("EINVAL", "run");
      expect(Error.stackTraceLimit).to.equal(stackTraceLimit);
    });

    it("of a plain function has the stack of its caller", function* () {
      const ch = closedChannel();
      let stack = "";
      try {
        sayDone(ch);
      } catch (error) {
        if (isErrno(error, "EBADF")) stack = error.stack ?? "";
      }
      expect(stack).to.include("sayDone");
      yield;
    });

    it("ECANCELED, ETIMEDOUT and EPIPE have no stack of frames: they are control flow", function* () {
      const [a, b] = chmake<number>();
      const canceled = go(caughtIn(outermost(b)));
      const errors = [yield* caughtIn(outermost(b, 0))];
      chdone(a);
      errors.push(yield* join(canceled, -1), yield* caughtIn(outermost(b)));
      expect(errors.map(({ code }) => code)).to.deep.equal(["ETIMEDOUT", "EPIPE", "EPIPE"]);
      for (const { stack } of errors) expect(stack).not.to.include("\n");
    });

    it("is told apart by each coroutine that a deadline hits: no two share one", function* () {
      const [, b] = chmake<number>();
      const first = yield* caughtIn(outermost(b, 0));
      const second = yield* caughtIn(outermost(b, 0));
      expect(first).not.to.equal(second);
    });
  });

  describe("outside", () => {
    it("is a native error, with a stack of frames, when a run rejects with it", async () => {
      const [a, b] = chmake<number>();
      const error = await run(outermost(b, 0)).catch((reason: unknown) => reason);
      expect(Object.prototype.toString.call(error)).to.equal("[object Error]");
      expect(error).to.be.instanceOf(DillError).and.to.include({ code: "ETIMEDOUT" });
      expect((error as Error).stack).to.include("\n    at ");
      hclose(a);
      hclose(b);
    });

    it("stays the same object when it is native already, and so does any other value", () => {
      for (const value of [dillError("EIO", "bsend"), cause, undefined, null, "EIO"]) {
        expect(nativeError(value)).to.equal(value);
      }
    });

    it("keeps address and gets a cause on its way out", () => {
      const error = nativeError(signalError("ECANCELED", "ipc_connect", "/a"), cause);
      expect(error).to.include({ code: "ECANCELED", address: "/a", cause });
    });
  });
});

function closedChannel(): Channel<number> {
  const [a, b] = chmake<number>();
  hclose(a);
  hclose(b);
  return b;
}

function noChannel(): Channel<number> {
  return bundle() as unknown as Channel<number>;
}

function sayDone(ch: Channel<number>): void {
  chdone(ch);
}

function* outermost(ch: Channel<number>, deadline = -1): Coroutine<number> {
  return 1 + (yield* innermost(ch, deadline));
}

function* innermost(ch: Channel<number>, deadline: number): Coroutine<number> {
  return yield* chrecv(ch, deadline);
}

function* nested(depth: number, ch: Channel<number>): Coroutine<number> {
  return depth === 1 ? yield* chrecv(ch, 0) : yield* nested(depth - 1, ch);
}

function* caughtIn(coroutine: Coroutine<unknown>): Coroutine<DillError> {
  try {
    yield* coroutine;
  } catch (error) {
    if (error instanceof DillError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("an error's address", () => {
  it("is as it was given, other than in the message", () => {
    const error = dillError("ENOENT", "ipc_connect", { address: "a\nb" });
    expect(error.address).to.equal("a\nb");
    expect(error.message).to.equal("ENOENT: no such file or directory, ipc_connect 'a\\nb'");
    const signal = signalError("ETIMEDOUT", "ipc_connect", "a\nb");
    expect(signal.address).to.equal("a\nb");
    expect(signal.message).to.equal("ETIMEDOUT: deadline was reached, ipc_connect 'a\\nb'");
  });
});
