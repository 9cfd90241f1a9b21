// Several failures: which come first, and which are told.
import { expect } from "chai";
import { describe } from "mocha";
import {
  type Bundle,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  run,
  scope,
  until,
} from "libdill-ts";
import { rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { failLater, failOnCancel, namesOf } from "../support/failing.js";
import { itBoth as it } from "../support/it.js";

const enders: Readonly<Record<string, (fill: (b: Bundle) => void) => Coroutine<unknown>>> = {
  *bundleWait(fill) {
    const b = bundle();
    fill(b);
    const error = yield* thrownIn(bundleWait(b, -1));
    hclose(b);
    return error;
  },
  *hclose(fill) {
    const b = bundle();
    fill(b);
    yield;
    return thrownBy(() => hclose(b));
  },
  *bundleClose(fill) {
    const b = bundle();
    fill(b);
    yield;
    return yield* thrownIn(bundleClose(b, -1));
  },
  *scope(fill) {
    return yield* thrownIn(
      scope(function* (b) {
        fill(b);
      }),
    );
  },
  *run(fill) {
    const failed = rejectionOf(
      run(
        (function* () {
          const b = bundle();
          fill(b);
          yield;
        })(),
      ),
    );
    return yield* until(failed, -1);
  },
};

for (const [name, end] of Object.entries(enders)) {
  describe(`what ${name} throws`, () => {
    it("has the cause before the consequence, whoever was started first", function* () {
      const error = yield* end((b) => {
        bundleGo(b, failOnCancel(new Error("consequence 1")));
        bundleGo(b, failOnCancel(new Error("consequence 2")));
        bundleGo(b, failLater(new Error("cause")));
      });
      expect(namesOf(error)).to.deep.equal(["cause", "consequence 1", "consequence 2"]);
    });

    it("has equal primitives as often as there were failures", function* () {
      const error = yield* end((b) => {
        bundleGo(b, failOnCancel("disk full"));
        bundleGo(b, failLater("disk full"));
      });
      expect((error as AggregateError).errors).to.deep.equal(["disk full", "disk full"]);
    });

    it("has the same object once", function* () {
      const oops = new Error("oops");
      const error = yield* end((b) => {
        bundleGo(b, failOnCancel(oops));
        bundleGo(b, failLater(oops));
      });
      expect(error).to.equal(oops);
    });

    it("has an aggregate of errors that were told not at all", function* () {
      const oops = new Error("oops");
      const error = yield* end((b) => {
        bundleGo(b, failOnCancel(new AggregateError([oops])));
        bundleGo(b, failLater(oops));
      });
      expect(error).to.equal(oops);
    });

    it("has an aggregate with another error in it", function* () {
      const oops = new Error("oops");
      const other = new AggregateError([oops, new Error("other")]);
      const error = yield* end((b) => {
        bundleGo(b, failOnCancel(other));
        bundleGo(b, failLater(oops));
      });
      expect((error as AggregateError).errors).to.deep.equal([oops, other]);
    });

    it("has the code of its first error", function* () {
      const pipe = Object.assign(new Error("pipe"), { code: "EPIPE" });
      const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
      const error = yield* end((b) => {
        bundleGo(b, failOnCancel(reset));
        bundleGo(b, failLater(pipe));
      });
      expect(error).to.include({ code: "EPIPE" });
      expect(error).to.be.instanceOf(AggregateError);
    });

    for (const value of [undefined, null, 0, "", false]) {
      it(`is ${JSON.stringify(value) ?? "undefined"} where that was thrown`, function* () {
        const error = yield* end((b) => void bundleGo(b, failLater(value)));
        expect(error).to.equal(value);
      });
    }
  });
}
