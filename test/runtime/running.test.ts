import { expect } from "chai";
import { describe } from "mocha";
import { type Coroutine, hmake, isErrno, msleep, run } from "libdill-ts";
import { dillError } from "libdill-ts/impl";
import { rejectionOf } from "../support/failure.js";
import { failOnCancel } from "../support/failing.js";
import { it } from "../support/it.js";

describe("await using a run", () => {
  it("cancels it at the end of the block, and waits until its teardown is over", async () => {
    const log: string[] = [];
    {
      await using running = run(lingerAndCleanUp());
      expect(running).to.be.instanceOf(Promise);
      log.push("body");
    }
    log.push("behind the block");
    expect(log).to.deep.equal(["body", "finally", "handle closed", "behind the block"]);

    function* lingerAndCleanUp(): Coroutine {
      hmake({ query: () => undefined, close: () => void log.push("handle closed") });
      yield* linger(log, "finally");
    }
  });

  it("leaves one that has ended alone", async () => {
    await using running = run(give("value"));
    expect(await running).to.equal("value");
  });

  it("throws what the run rejects with, but for its own cancellation", async () => {
    const error = await rejectionOf(
      (async () => {
        await using running = run(failLate());
        expect(running).to.be.instanceOf(Promise);
      })(),
    );
    expect(error).to.include({ message: "late" });

    function* failLate(): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- an error of the cleaning up
        throw new Error("late");
      }
    }
  });

  it("puts that beside the error of the block", async () => {
    const error = await rejectionOf(
      (async () => {
        await using running = run(throwOnCancel());
        expect(running).to.be.instanceOf(Promise);
        throw new Error("of the block");
      })(),
    );
    expect(error).to.have.property("name", "SuppressedError");
    expect(error).to.have.nested.property("error.message", "of the run");
    expect(error).to.have.nested.property("suppressed.message", "of the block");

    function* throwOnCancel(): Coroutine {
      try {
        yield* msleep(-1);
      } catch (cause) {
        throw new Error("of the run", { cause });
      }
    }
  });

  for (const [what, make] of Object.entries({
    "a frozen one": () => Object.freeze(dillError("ECANCELED", "test")),
    "one of Node's": () => Object.assign(new Error("canceled"), { code: "ECANCELED" }),
    "an aggregate of such": () => new AggregateError([dillError("ECANCELED", "test")]),
  })) {
    it(`takes any ECANCELED for the cancellation, ${what}, too`, async () => {
      const running = run(failOnCancel(make()));
      await running[Symbol.asyncDispose]();
    });
  }

  it("lets the promise tell that it was canceled, if somebody asks", async () => {
    const running = run(sleep());
    await running[Symbol.asyncDispose]();
    expect(isErrno(await rejectionOf(running), "ECANCELED")).to.equal(true);
  });

  it("does not hide a cancellation that comes from elsewhere", async () => {
    const controller = new AbortController();
    const running = run(sleep(), { signal: controller.signal });
    controller.abort("enough");
    const [ofRun, ofDisposal] = await Promise.all([
      rejectionOf(running),
      rejectionOf(running[Symbol.asyncDispose]()),
    ]);
    expect(ofRun).to.include({ code: "ECANCELED", cause: "enough" });
    expect(ofDisposal).to.equal(ofRun);
  });
});

function* linger(log: string[], name: string): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    log.push(name);
  }
}

function* give<T>(value: T): Coroutine<T> {
  yield;
  return value;
}

function* sleep(): Coroutine {
  yield* msleep(-1);
}
