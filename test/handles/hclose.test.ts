import { expect } from "chai";
import {
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  go,
  hclose,
  hmake,
  type Handle,
  msleep,
  now,
  run,
  yieldNow,
} from "libdill-ts";
import { outcomeOf, thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

function named(name: string, log: string[]): Handle {
  return hmake({ query: () => undefined, close: () => log.push(name) });
}

describe("hclose", () => {
  it("calls the resource's close once", () => {
    const log: string[] = [];
    const h = named("closed", log);
    hclose(h);
    expect(thrownBy(() => hclose(h)).code).to.equal("EBADF");
    expect(log).to.deep.equal(["closed"]);
  });

  it("frees the handle when close throws, and lets the error through", () => {
    const mine = new Error("mine");
    const h = hmake({
      query: () => undefined,
      close() {
        throw mine;
      },
    });
    expect(() => hclose(h)).to.throw(mine);
    expect(thrownBy(() => hclose(h)).code).to.equal("EBADF");
  });

  it("closes what a resource's close closes in turn", () => {
    const log: string[] = [];
    const inner = named("inner", log);
    const outer = hmake({
      query: () => undefined,
      close() {
        hclose(inner);
        log.push("outer");
      },
    });
    hclose(outer);
    expect(log).to.deep.equal(["inner", "outer"]);
  });

  it("lets nothing wait inside close", function* () {
    const codes: unknown[] = [];
    const b = bundle();
    const close = (): void => {
      for (const operation of [msleep(now() + 10), yieldNow(), bundleWait(b, -1)]) {
        codes.push(outcomeOf(operation).next().value);
      }
    };
    hclose(hmake({ query: () => undefined, close }));
    expect(codes).to.deep.equal(["ECANCELED", "ECANCELED", "ECANCELED"]);
    hclose(b);
    yield* msleep(now() + 1); // outside, everything waits again
  });

  it("lets things wait again when a close has thrown", function* () {
    const h = hmake({
      query: () => undefined,
      close() {
        throw new Error("mine");
      },
    });
    expect(() => hclose(h)).to.throw("mine");
    yield* msleep(now() + 1);
  });

  it("closes a bundle: its coroutines have ended when it returns", function* () {
    const log: string[] = [];
    const b = bundle();
    bundleGo(
      b,
      (function* (): Coroutine {
        try {
          yield* msleep(-1);
        } finally {
          log.push("ended");
        }
      })(),
    );
    hclose(b);
    expect(log).to.deep.equal(["ended"]);
    yield;
  });

  describe("at the end of a run", () => {
    it("closes what is still open, newest first, after all coroutines have ended", async () => {
      const log: string[] = [];
      await run(
        (function* (): Coroutine {
          named("first", log);
          go(
            (function* (): Coroutine {
              try {
                yield* msleep(-1);
              } finally {
                log.push("coroutine");
              }
            })(),
          );
          named("second", log);
          hclose(named("by hand", log));
          named("third", log);
        })(),
      );
      expect(log).to.deep.equal(["by hand", "coroutine", "third", "second", "first"]);
    });

    it("closes them when the main coroutine fails, too, and reports all errors", async () => {
      const log: string[] = [];
      const failing = run(
        (function* (): Coroutine {
          named("first", log);
          hmake({
            query: () => undefined,
            close() {
              throw new Error("from close");
            },
          });
          throw new Error("from main");
        })(),
      );
      const error = await failing.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(AggregateError);
      const { errors } = error as AggregateError;
      expect(errors.map(({ message }) => message)).to.deep.equal(["from main", "from close"]);
      expect(log).to.deep.equal(["first"]);
    });

    it("touches neither the handles of another run nor those made outside", async () => {
      const log: string[] = [];
      const outside = named("outside", log);
      const [other] = await Promise.all([
        run(
          (function* (): Coroutine<number> {
            named("other", log);
            yield* msleep(now() + 20);
            return log.length;
          })(),
        ),
        run(
          (function* (): Coroutine {
            named("mine", log);
          })(),
        ),
      ]);
      expect(other).to.equal(1);
      expect(log).to.deep.equal(["mine", "other"]);
      hclose(outside);
    });
  });

  describe("errors", () => {
    it("throws EBADF for what is no handle, with a hint", () => {
      for (const wrong of [undefined, null, "1", {}, msleep(0)] as Handle[]) {
        const error = thrownBy(() => hclose(wrong));
        expect(error).to.include({ code: "EBADF", syscall: "hclose" });
        expect(error.message).to.contain("a handle is a number");
        expect(error.message).to.contain("was a yield* forgotten?");
      }
    });

    for (const wrong of [-1, 0, 1.5, Number.NaN, Infinity, 2 ** 40, 2 ** 53]) {
      it(`throws EBADF for ${wrong}`, () => {
        const error = thrownBy(() => hclose(wrong as Handle));
        expect(error.code).to.equal("EBADF");
        expect(error.message).to.contain(`handle ${wrong} is not open`);
      });
    }

    it("throws EBADF for a handle whose close is running", () => {
      let code = "";
      const h: Handle = hmake({
        query: () => undefined,
        close: () => (code = thrownBy(() => hclose(h)).code),
      });
      hclose(h);
      expect(code).to.equal("EBADF");
    });

    it("throws EDEADLK for a bundle that is closed from inside, and changes nothing", function* () {
      const b = bundle();
      let code = "";
      const log: string[] = [];
      bundleGo(
        b,
        (function* (): Coroutine {
          code = thrownBy(() => hclose(b)).code;
          yield;
          log.push("goes on");
        })(),
      );
      expect(code).to.equal("EDEADLK");
      yield* bundleWait(b, -1);
      expect(log).to.deep.equal(["goes on"]);
      hclose(b);
    });
  });
});
