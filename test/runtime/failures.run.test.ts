// The errors of a scope and of a run: which come first.
import { expect } from "chai";
import { describe } from "mocha";
import {
  type Bundle,
  bundle,
  bundleClose,
  bundleGo,
  chmake,
  chrecv,
  type Coroutine,
  go,
  join,
  msleep,
  now,
  run,
  scope,
} from "libdill-ts";
import { rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { fail, failLater, failOnCancel, namesOf } from "../support/failing.js";
import { itBoth as it } from "../support/it.js";

describe("a scope's errors", () => {
  it("have the body first where the body has failed first", function* () {
    const error = yield* thrownIn(
      scope(function* (b) {
        bundleGo(b, failOnCancel(new Error("child")));
        yield;
        throw new Error("body");
      }),
    );
    expect(namesOf(error)).to.deep.equal(["body", "child"]);
  });

  it("have the siblings before the body where a child has failed", function* () {
    const error = yield* thrownIn(
      scope(function* (b) {
        bundleGo(b, failOnCancel(new Error("sibling")));
        bundleGo(b, failLater(new Error("child")));
        yield* failOnCancel(new Error("body"));
      }),
    );
    expect(namesOf(error)).to.deep.equal(["child", "sibling", "body"]);
  });

  it("have a child's error that the body got by join once", function* () {
    const oops = new Error("oops");
    const error = yield* thrownIn(
      scope(function* (b) {
        yield* join(bundleGo(b, failLater(oops)), -1);
      }),
    );
    expect(error).to.equal(oops);
  });

  it("have an aggregate of both children's errors, that the body has made, not at all", function* () {
    const a = new Error("a");
    const z = new Error("z");
    const error = yield* thrownIn(
      scope(function* (b) {
        bundleGo(b, failOnCancel(z));
        bundleGo(b, failLater(a));
        try {
          yield* msleep(-1);
        } finally {
          yield* fail(new AggregateError([a, z]));
        }
      }),
    );
    expect((error as AggregateError).errors).to.deep.equal([a, z]);
  });

  it("make its bundle a failed one once the body has failed", function* () {
    const oops = new Error("body");
    let caught: unknown;
    const told = bundle();
    bundleGo(told, failing());
    expect(yield* thrownIn(bundleClose(told, -1))).to.equal(oops);
    expect(caught).to.equal(oops);

    function* failing(): Coroutine {
      yield* scope(function* (b) {
        bundleGo(b, outlive(b));
        yield* failOnCancel(oops);
      });
    }

    // In its grace it is not cut short by the failure.
    function* outlive(b: Bundle): Coroutine {
      yield* thrownIn(msleep(-1));
      yield* msleep(now() + 2);
      caught = thrownBy(() => bundleGo(b, nothing()));
    }
  });
});

describe("a run's rejection", () => {
  it("is flat, in the order of the failures, main's own among them", async () => {
    const error = await rejectionOf(
      run(
        (function* () {
          const early = bundle();
          bundleGo(early, fail(new Error("1")));
          const late = bundle();
          bundleGo(late, failOnCancel(new Error("4")));
          bundleGo(late, failOnCancel(new Error("5")));
          bundleGo(early, nothing()); // throws the first
        })(),
      ),
    );
    expect(namesOf(error)).to.deep.equal(["1", "4", "5"]);
  });

  it("has the errors of one bundle where they belong among the others'", async () => {
    const error = await rejectionOf(
      run(
        (function* () {
          const [a, b] = [bundle(), bundle()];
          bundleGo(a, failOnCancel(new Error("2")));
          bundleGo(b, failOnCancel(new Error("4")));
          bundleGo(a, fail(new Error("1")));
          bundleGo(b, fail(new Error("3")));
          throw new Error("5");
        })(),
      ),
    );
    expect(namesOf(error)).to.deep.equal(["1", "2", "3", "4", "5"]);
  });

  it("has an EDEADLK at the moment it was found", async () => {
    const error = await rejectionOf(
      run(
        (function* () {
          const b = bundle();
          bundleGo(b, fail(new Error("before")));
          thrownBy(() => bundleGo(b, nothing())); // and so nobody is warned of it
          const [, z] = chmake<never>();
          go(failOnCancel(new Error("after")));
          yield* chrecv(z, -1);
        })(),
      ),
    );
    expect(namesOf(error)).to.deep.equal(["before", "EDEADLK", "after"]);
  });
});

function* nothing(): Coroutine {}
