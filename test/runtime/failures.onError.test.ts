// Bundles that isolate their coroutines from each other.
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  join,
  msleep,
  now,
  run,
  signalOf,
} from "libdill-ts";
import { asCoroutine, type Log, nameOf } from "../support/cutShort.js";
import { codeOrNone, rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { fail, failLater, failOnCancel } from "../support/failing.js";
import { itBoth as it } from "../support/it.js";
import { startFixture } from "../support/process.js";

const oops = new Error("oops");

function* nothing(): Coroutine {}

describe("onError", () => {
  it("gets each error as it is, and the siblings go on", function* () {
    const errors: unknown[] = [];
    const log: Log = [];
    const b = bundle({ onError: (error) => errors.push(error) });
    bundleGo(b, goOn());
    for (const error of [oops, "text", undefined]) bundleGo(b, failLater(error));
    yield* bundleWait(b, -1);
    expect(errors).to.deep.equal([oops, "text", undefined]);
    expect(log).to.deep.equal(["went on"]);
    hclose(b);

    function* goOn(): Coroutine {
      yield* msleep(now() + 2);
      log.push("went on");
    }
  });

  it("keeps nothing: bundleGo, bundleWait, hclose and bundleClose throw none of it", function* () {
    for (const end of [
      (b: ReturnType<typeof bundle>) => bundleClose(b, -1),
      function* (b: ReturnType<typeof bundle>) {
        hclose(b);
      },
    ]) {
      const b = bundle({ onError: () => {} });
      bundleGo(b, fail(oops));
      bundleGo(b, nothing());
      yield* bundleWait(b, -1);
      bundleGo(b, fail(oops));
      yield* end(b);
    }
  });

  it("is called although join throws the error, too", function* () {
    const errors: unknown[] = [];
    const b = bundle({ onError: (error) => errors.push(error) });
    expect(yield* thrownIn(join(bundleGo(b, failLater(oops)), -1))).to.equal(oops);
    expect(errors).to.deep.equal([oops]);
    hclose(b);
  });

  it("is not called for the ECANCELED of the canceled and the told", function* () {
    const errors: unknown[] = [];
    for (const deadline of [0, -1]) {
      const b = bundle({ onError: (error) => errors.push(error) });
      bundleGo(b, asCoroutine(msleep(-1)));
      yield* bundleClose(b, deadline);
    }
    expect(errors).to.deep.equal([]);
  });

  it("is called after the member has left, and before bundleWait is woken", function* () {
    const log: Log = [];
    const b = bundle({
      onError: () => {
        log.push("called");
        bundleGo(b, another());
      },
    });
    bundleGo(b, failLater(oops));
    yield* bundleWait(b, -1);
    log.push("woken");
    expect(log).to.deep.equal(["called", "another", "woken"]);
    hclose(b);

    function* another(): Coroutine {
      yield;
      log.push("another");
    }
  });

  it("is called as from outside: no coroutine is current", function* () {
    const errors: unknown[] = [];
    const b = bundle({
      onError: () => {
        errors.push(thrownBy(() => signalOf()));
        errors.push(thrownBy(() => msleep(-1)[Symbol.iterator]().next()));
      },
    });
    bundleGo(b, fail(oops));
    bundleGo(b, failLater(oops));
    yield* bundleWait(b, -1);
    expect(errors.map(nameOf)).to.deep.equal(["EINVAL", "EINVAL", "EINVAL", "EINVAL"]);
    hclose(b);
  });

  it("may close its own bundle, and hclose returns when all have ended", function* () {
    const log: Log = [];
    const b = bundle({
      onError: () => {
        hclose(b);
        log.push("closed");
      },
    });
    bundleGo(b, linger());
    bundleGo(b, linger());
    bundleGo(b, failLater(oops));
    expect(yield* codeOrNone(bundleWait(b, -1))).to.equal("EBADF");
    expect(log).to.deep.equal(["ended", "ended", "closed"]);

    function* linger(): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        log.push("ended");
      }
    }
  });

  it("may close its own bundle when the first step of bundleGo's coroutine fails", function* () {
    const b = bundle({ onError: () => hclose(b) });
    bundleGo(b, fail(oops));
    expect(thrownBy(() => hclose(b))).to.include({ code: "EBADF" });
  });

  it("that throws makes its error the bundle's failure, and the siblings are canceled", function* () {
    const own = new Error("own");
    const log: Log = [];
    const b = bundle({
      onError: () => {
        throw own;
      },
    });
    bundleGo(b, linger());
    bundleGo(b, failLater(oops));
    expect(yield* thrownIn(bundleWait(b, -1))).to.equal(own);
    expect(log).to.deep.equal(["ECANCELED"]);
    hclose(b);

    function* linger(): Coroutine {
      log.push(yield* codeOrNone(msleep(-1)));
    }
  });

  it("hears of the errors of a clean-up, too", function* () {
    const errors: unknown[] = [];
    const b = bundle({ onError: (error) => errors.push(error) });
    bundleGo(b, failOnCancel("a"));
    bundleGo(b, failOnCancel("b"));
    hclose(b);
    expect(errors).to.deep.equal(["a", "b"]);
  });

  it("hears of those whom the end of the run cancels", async () => {
    const errors: unknown[] = [];
    await run(
      (function* () {
        const b = bundle({ onError: (error) => errors.push(error) });
        bundleGo(
          b,
          (function* () {
            try {
              yield* msleep(-1);
            } finally {
              yield* fail(oops);
            }
          })(),
        );
      })(),
    );
    expect(errors).to.deep.equal([oops]);
  });

  it("may be async: a rejection is the bundle's failure, and the siblings are canceled", function* () {
    const own = new Error("of the handler");
    const onError: () => unknown = async () => Promise.reject(own);
    const b = bundle({ onError });
    const sibling = bundleGo(b, codeOrNone(msleep(-1)));
    bundleGo(b, failLater(oops));
    expect(yield* join(sibling, -1)).to.equal("ECANCELED");
    expect(yield* thrownIn(bundleWait(b, -1))).to.equal(own);
    hclose(b);
  });

  it("may be async: a run does not end before it has, and rejects with its error", async () => {
    const own = new Error("of the handler");
    let settle = (): void => {};
    const handled = new Promise<void>((_resolve, reject) => {
      settle = () => reject(own);
    });
    const running = run(
      (function* () {
        const onError = (): unknown => handled;
        const b = bundle({ onError });
        bundleGo(b, failLater(oops));
        yield* bundleWait(b, -1);
        setImmediate(settle);
      })(),
    );
    expect(await rejectionOf(running)).to.equal(own);
  });

  for (const how of ["throws", "rejects"]) {
    it(`that ${how} after it has closed a bundle outside any run ends the process with its error`, async () => {
      const { status, output } = await startFixture("lostError", how).ended();
      expect(status).to.equal(1);
      expect(output).to.include("Error: from onError");
    });
  }

  for (const value of [null, 1, "text", {}]) {
    it(`is EINVAL if it is ${JSON.stringify(value)}`, function* () {
      expect(thrownBy(() => bundle({ onError: value as never }))).to.include({
        code: "EINVAL",
        syscall: "bundle",
      });
    });
  }
});
