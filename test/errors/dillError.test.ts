import { constants } from "node:os";
import { inspect } from "node:util";
import { expect } from "chai";
import {
  type Channel,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  DillError,
  go,
  hclose,
  type Handle,
  msleep,
  now,
  run,
} from "libdill-ts";
import { dillError, nativeError, signalError } from "#src/errors/dillError.js";
import { thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

const signals = ["ECANCELED", "EPIPE", "ETIMEDOUT"] as const;

describe("DillError", () => {
  it("is shaped like Node's own system errors", () => {
    const error = thrownBy(() => hclose(-5 as Handle));
    expect(error).to.be.instanceOf(DillError).and.instanceOf(Error);
    expect(error.name).to.equal("DillError");
    expect(error.code).to.equal("EBADF");
    expect(error.errno).to.equal(-constants.errno.EBADF);
    expect(error.syscall).to.equal("hclose");
    expect(error.message).to.equal("EBADF: handle -5 is not open, hclose");
    expect(error).to.not.have.property("address");
    expect(error).to.not.have.property("cause");
  });

  it("tells the address and the cause where there are some", () => {
    const cause = new Error("connect ENOENT");
    const error = dillError("ENOENT", "ipc_connect", { address: "/tmp/x.ipc", cause });
    expect(error.address).to.equal("/tmp/x.ipc");
    expect(error.cause).to.equal(cause);
    expect(error.message).to.equal("ENOENT: no such file or directory, ipc_connect '/tmp/x.ipc'");
  });

  it("takes a message in place of the code's meaning", () => {
    const { message } = dillError("EINVAL", "choose", { message: "use a list" });
    expect(message).to.equal("EINVAL: use a list, choose");
  });

  it("has the stack of the coroutine, through all nested yield*", async () => {
    const [a, b] = chmake<number>();
    hclose(a);
    hclose(b);
    const error = await rejectionOf(run(outerWorker(b)));
    expect(error).to.include({ code: "EBADF", syscall: "chrecv" });
    expect(error.stack).to.match(/^DillError: EBADF: handle \d+ is not open, chrecv\n/);
    expect(error.stack).to.contain("innerWorker").and.contain("outerWorker");
    expect(error.stack).to.contain("dillError.test");
  });

  it("has the stack of the coroutine after it has slept, too", async () => {
    const [a, b] = chmake<number>();
    hclose(a);
    hclose(b);
    const error = await rejectionOf(
      run(
        (function* sleeper(): Coroutine {
          yield* msleep(now() + 1);
          yield* outerWorker(b);
        })(),
      ),
    );
    expect(error.stack).to.contain("innerWorker").and.contain("sleeper");
  });

  for (const code of signals) {
    describe(`as ${code}`, () => {
      it("is an Error and a DillError of the same shape", () => {
        const error = signalError(code, "chrecv", "/tmp/x");
        expect(error).to.be.instanceOf(Error).and.instanceOf(DillError);
        expect(Object.prototype.toString.call(error)).to.be.a("string");
        expect(error.name).to.equal("DillError");
        expect(error.code).to.equal(code);
        expect(error.errno).to.equal(-constants.errno[code]);
        expect(error.syscall).to.equal("chrecv");
        expect(error.address).to.equal("/tmp/x");
        expect(error.message).to.equal(dillError(code, "chrecv", { address: "/tmp/x" }).message);
        expect(String(error)).to.equal(`DillError: ${error.message}`);
        expect(error.stack).to.contain(error.message);
      });

      it("has a message and a stack that can be written, as test runners do", () => {
        const error = signalError(code, "chrecv");
        error.message = "another message";
        error.stack = "another stack";
        expect(error.message).to.equal("another message");
        expect(error.stack).to.equal("another stack");
        expect(signalError(code, "chrecv").message).to.contain(code);
      });

      it("is readable when inspected", () => {
        const text = inspect(signalError(code, "chrecv"));
        expect(text).to.contain(code).and.contain("chrecv");
      });

      it("becomes a native error for code outside, once", () => {
        const signal = signalError(code, "chrecv", "/tmp/x");
        const native = nativeError(signal, "the reason") as DillError;
        expect(native).to.be.instanceOf(DillError);
        expect(native).to.include({ code, syscall: "chrecv", address: "/tmp/x" });
        expect(native.cause).to.equal("the reason");
        expect(Object.prototype.toString.call(native)).to.equal("[object Error]");
        expect(nativeError(native)).to.equal(native);
      });
    });
  }

  it("leaves other errors as they are when they go outside", () => {
    for (const thrown of [new Error("mine"), "text", undefined]) {
      expect(nativeError(thrown)).to.equal(thrown);
    }
  });

  it("is a native error when run rejects with it", async () => {
    const [a, b] = chmake<number>();
    const error = await rejectionOf(run(timesOut(a)));
    expect(error).to.be.instanceOf(DillError);
    expect(error).to.include({ code: "ETIMEDOUT", syscall: "chsend" });
    expect(Object.prototype.toString.call(error)).to.equal("[object Error]");
    hclose(a);
    hclose(b);
  });

  it("is ECANCELED in each coroutine that is canceled, and each has its own", function* () {
    const seen: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const h = go(
        (function* (): Coroutine {
          try {
            yield* msleep(-1);
          } catch (error) {
            seen.push(error);
            throw error;
          }
        })(),
      );
      hclose(h);
    }
    expect(seen).to.have.length(2);
    expect(seen[0]).to.not.equal(seen[1]);
    for (const error of seen) expect(error).to.include({ code: "ECANCELED", syscall: "msleep" });
  });

  it("is readable when inspected", () => {
    const text = inspect(thrownBy(() => hclose(-5 as Handle)));
    expect(text).to.contain("EBADF: handle -5 is not open, hclose").and.contain("code: 'EBADF'");
  });
});

function* innerWorker(ch: Channel<number>): Coroutine<number> {
  return yield* chrecv(ch, -1);
}

function* outerWorker(ch: Channel<number>): Coroutine<number> {
  return yield* innerWorker(ch);
}

function* timesOut(ch: Channel<number>): Coroutine {
  yield* chsend(ch, 1, 0);
}

async function rejectionOf(promise: Promise<unknown>): Promise<DillError> {
  try {
    await promise;
  } catch (error) {
    return error as DillError;
  }
  throw new Error("it was fulfilled");
}
