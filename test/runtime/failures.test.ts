// What becomes of an error that escapes a coroutine.
import { once } from "node:events";
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  type Coroutine,
  hclose,
  join,
  msleep,
  now,
  run,
  scope,
  type Bundle,
  until,
} from "libdill-ts";
import { collectWarnings } from "../support/warnings.js";
import { nameOf } from "../support/cutShort.js";
import { rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { fail, failLater, failOnCancel, namesOf } from "../support/failing.js";
import { hostileErrors } from "../support/hostileErrors.js";
import { itBoth as it } from "../support/it.js";

const oops = new Error("oops");

function* nothing(): Coroutine {}

describe("a failed bundle", () => {
  it("starts nobody, and bundleGo throws the same kept error each time", function* () {
    const b = bundle();
    bundleGo(b, fail(oops));
    let started = 0;
    for (let i = 0; i < 3; i++) expect(thrownBy(() => bundleGo(b, count()))).to.equal(oops);
    expect(started).to.equal(0);
    expect(thrownBy(() => hclose(b))).to.equal(oops);

    function* count(): Coroutine {
      started++;
    }
  });

  it("throws the same aggregate each time where several have failed", function* () {
    const b = bundle();
    bundleGo(b, failOnCancel(new Error("second")));
    bundleGo(b, fail(new Error("first")));
    const error = thrownBy(() => bundleGo(b, nothing()));
    expect(namesOf(error)).to.deep.equal(["first", "second"]);
    expect(thrownBy(() => bundleGo(b, nothing()))).to.equal(error);
    thrownBy(() => hclose(b));
  });

  it("leaves the generator that it did not start to the caller", function* () {
    const b = bundle();
    bundleGo(b, fail(oops));
    const co = nothing();
    thrownBy(() => bundleGo(b, co));
    yield* thrownIn(bundleWait(b, -1));
    yield* join(bundleGo(b, co), -1);
    hclose(b);
  });

  const takers: Readonly<Record<string, (b: Bundle, failed: never) => Coroutine>> = {
    *bundleWait(b) {
      expect(yield* thrownIn(bundleWait(b, -1))).to.equal(oops);
    },
    *join(_b, failed) {
      expect(yield* thrownIn(join(failed, -1))).to.equal(oops);
    },
  };
  for (const [name, take] of Object.entries(takers)) {
    it(`is none any more once ${name} has taken the error`, function* () {
      const b = bundle();
      const failed = bundleGo(b, fail(oops));
      yield* take(b, failed as never);
      yield* join(bundleGo(b, nothing()), -1);
      hclose(b);
    });
  }
});

describe("bundleGo's errors come in order", () => {
  it("ECANCELED, EBADF, ENOTSUP, EINVAL, the kept error", function* () {
    const failed = bundle();
    bundleGo(failed, fail(oops));
    const gone = bundle();
    hclose(gone);
    const [a, z] = chmake<number>();
    const spent = nothing();
    spent.next();
    expect(nameOf(thrownBy(() => bundleGo(gone, nothing as never)))).to.equal("EBADF");
    expect(nameOf(thrownBy(() => bundleGo(a as never, nothing as never)))).to.equal("ENOTSUP");
    expect(nameOf(thrownBy(() => bundleGo(failed, nothing as never)))).to.equal("EINVAL");
    expect(nameOf(thrownBy(() => bundleGo(failed, nothing())))).to.equal("oops");
    thrownBy(() => hclose(failed));
    hclose(a);
    hclose(z);
  });

  it("EINVAL for a generator that a coroutine was started with, and the other one goes on", function* () {
    const b = bundle();
    const co = failLater(oops);
    bundleGo(b, co);
    expect(nameOf(thrownBy(() => bundleGo(b, co)))).to.equal("EINVAL");
    expect(yield* thrownIn(bundleWait(b, -1))).to.equal(oops);
    expect(nameOf(thrownBy(() => bundleGo(b, co)))).to.equal("EINVAL");
    hclose(b);
  });
});

describe("an error that nobody has asked for", () => {
  it("is told after a second, once, as a warning with its stack", async () => {
    const warnings = collectWarnings("UNSEEN_ERROR");
    await run(
      (function* () {
        const b = bundle();
        bundleGo(b, fail(oops));
        yield* until(once(process, "warning"), now() + 3000);
        yield* msleep(now() + 100);
        thrownBy(() => hclose(b));
      })(),
    );
    expect(warnings.map((warning) => (warning as Error & { code?: string }).code)).to.deep.equal([
      "UNSEEN_ERROR",
    ]);
    expect(warnings[0]?.message).to.include("Error: oops").and.to.include("failures.test");
  });

  it("is told also if it can't be shown", async () => {
    const warnings = collectWarnings("UNSEEN_ERROR");
    const errors = Object.values(hostileErrors).map((make) => make());
    await run(
      (function* () {
        const bundles = errors.map((error) => {
          const b = bundle();
          bundleGo(b, fail(error));
          return b;
        });
        yield* until(once(process, "warning"), now() + 3000);
        yield* msleep(now() + 1);
        for (const b of bundles) thrownBy(() => hclose(b));
      })(),
    );
    expect(warnings).to.have.length(errors.length);
    expect(warnings[0]?.message).to.include("a value that can't be shown");
  });

  it("counts as asked for once bundleGo has thrown it", async () => {
    const warnings = collectWarnings("UNSEEN_ERROR");
    await run(
      (function* () {
        const b = bundle();
        bundleGo(b, fail(oops));
        thrownBy(() => bundleGo(b, nothing()));
        yield* msleep(now() + 1200);
        thrownBy(() => hclose(b));
      })(),
    );
    expect(warnings).to.deep.equal([]);
  });

  it("rejects the run", async () => {
    const error = await rejectionOf(
      run(
        (function* () {
          bundleGo(bundle(), fail(oops));
        })(),
      ),
    );
    expect(error).to.equal(oops);
  });
});

describe("what is being closed, over or ending starts nobody", () => {
  it("EBADF in a bundle that hclose is closing", function* () {
    const codes: string[] = [];
    const b = bundle({
      onError: () => codes.push(nameOf(thrownBy(() => bundleGo(b, nothing())))),
    });
    bundleGo(b, failOnCancel(oops));
    hclose(b);
    expect(codes).to.deep.equal(["EBADF"]);
  });

  it("ECANCELED comes before that in a coroutine that is being canceled", function* () {
    const codes: string[] = [];
    const b = bundle();
    bundleGo(
      b,
      callOnEnd(() => codes.push(nameOf(thrownBy(() => bundleGo(b, nothing()))))),
    );
    hclose(b);
    expect(codes).to.deep.equal(["ECANCELED"]);
  });

  it("EBADF in a scope that is over, and whose caller has not run yet", function* () {
    const codes: string[] = [];
    let keep: Bundle | undefined;
    yield* scope(function* (b) {
      keep = b;
      yield;
      queueMicrotask(() => codes.push(nameOf(thrownBy(() => bundleGo(b, nothing())))));
    });
    yield* msleep(now() + 1);
    codes.push(nameOf(thrownBy(() => bundleGo(keep as Bundle, nothing()))));
    expect(codes).to.deep.equal(["EBADF", "EBADF"]);
  });

  it("EBADF in a bundle of a run that is ending", async () => {
    const codes: string[] = [];
    const foreign = bundle();
    await run(
      (function* () {
        const b = bundle();
        bundleGo(
          foreign,
          callOnEnd(() => codes.push("unused")),
        );
        bundleGo(b, nothing());
        setImmediate(() => codes.push(nameOf(thrownBy(() => bundleGo(b, nothing())))));
      })(),
    );
    await new Promise((resolve) => setImmediate(resolve));
    hclose(foreign);
    expect(codes).to.deep.equal(["EBADF", "unused"]);
  });
});

function* callOnEnd(call: () => void): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    call();
  }
}
