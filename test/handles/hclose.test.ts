import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  type Handle,
  hclose,
  hmake,
  msleep,
  type Operation,
  yieldNow,
} from "libdill-ts";
import { thrownBy, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("hclose", () => {
  it("frees the number also when close throws", () => {
    const oops = new Error("oops");
    const h = closing(() => {
      throw oops;
    });
    expect(thrownBy(() => hclose(h))).to.equal(oops);
    expect(thrownBy(() => hclose(h))).to.include({ code: "EBADF" });
  });

  it("may close other handles from inside a close", () => {
    const log: string[] = [];
    const inner = closing(() => void log.push("inner"));
    const outer = closing(() => {
      hclose(inner);
      log.push("outer");
    });
    hclose(outer);
    expect(log).to.deep.equal(["inner", "outer"]);
  });

  it("ends coroutines from inside a close", function* () {
    let isEnded = false;
    const sleeping = go(
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          isEnded = true;
        }
      })(),
    );
    hclose(closing(() => hclose(sleeping)));
    expect(isEnded).to.equal(true);
  });

  it("lets no operation wait inside a close", function* () {
    const [left, right] = chmake<number>();
    const b = bundle();
    const errors: unknown[] = [];
    const operations: Operation<unknown>[] = [
      msleep(-1),
      msleep(0),
      yieldNow(),
      bundleWait(b, -1),
      chsend(left, 1, -1),
      chrecv(right, -1),
    ];
    const h = closing(() => {
      for (const operation of operations) {
        errors.push(thrownBy(() => operation[Symbol.iterator]().next()));
      }
      errors.push(thrownBy(() => go(sleep())));
      errors.push(thrownBy(() => bundleGo(b, sleep())));
      errors.push(thrownBy(bundle));
      errors.push(thrownBy(() => chmake()));
    });
    hclose(h);
    expect(errors).to.have.length(operations.length + 4);
    for (const error of errors) expect(error).to.include({ code: "ECANCELED" });
    for (const open of [left, right, b]) hclose(open);
    yield* yieldNow();
  });

  it("lets the coroutine wait again after the close", function* () {
    hclose(closing(() => {}));
    thrownBy(() =>
      hclose(
        closing(() => {
          throw new Error("oops");
        }),
      ),
    );
    yield* yieldNow();
    hclose(bundle());
  });

  it("lets a coroutine that a close has woken wait and make handles", function* () {
    const [left, right] = chmake<number>();
    let isMade = false;
    const h = go(
      (function* () {
        yield* thrownIn(chrecv(right, -1));
        hclose(bundle());
        yield* yieldNow();
        isMade = true;
      })(),
    );
    hclose(
      closing(() => {
        hclose(left);
        hclose(right);
      }),
    );
    yield* bundleWait(h, -1);
    hclose(h);
    expect(isMade).to.equal(true);
  });

  describe("errors", () => {
    it("throws EBADF inside the handle's own close", () => {
      let error: unknown;
      const h: Handle = closing(() => {
        error = thrownBy(() => hclose(h));
      });
      hclose(h);
      expect(error).to.include({ code: "EBADF", syscall: "hclose" });
    });

    it("throws EBADF for a bundle that is being closed already", function* () {
      const b = bundle();
      let error: unknown;
      const other = hmake({
        query: () => undefined,
        close: () => (error = thrownBy(() => hclose(b))),
      });
      bundleGo(
        b,
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            hclose(other);
          }
        })(),
      );
      hclose(b);
      expect(error).to.have.property("code").that.is.oneOf(["EBADF", "EDEADLK"]);
    });
  });
});

function closing(close: () => void): Handle {
  return hmake({ query: () => undefined, close });
}

function* sleep(): Coroutine {
  yield* msleep(-1);
}
