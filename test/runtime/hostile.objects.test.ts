// Objects of the user's that behave badly in the middle of an operation: they harm their own coroutine alone.
import { expect } from "chai";
import { run as runEffection } from "effection";
import { describe } from "mocha";
import {
  type Bundle,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  chmake,
  choose,
  type Coroutine,
  go,
  hclose,
  isErrno,
  iterate,
  msleep,
  now,
  run,
  scope,
} from "libdill-ts";
import { codeOf, rejectionOf, thrownBy, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";
import { startFixture } from "../support/process.js";

describe("whatever is yielded", () => {
  it("is an error each time, and ends a coroutine that catches it for ever", function* () {
    const h = go(
      (function* (): Coroutine {
        for (;;) {
          try {
            yield 5 as never;
          } catch {}
        }
      })(),
    );
    expect(thrownBy(() => hclose(h))).to.include({ code: "EDEADLK" });
  });

  it("may be a result whose getters throw: that coroutine fails with it", function* () {
    const b = bundle();
    bundleGo(b, passOn(withHostileResults()));
    const error = yield* thrownIn(bundleWait(b, now() + 1000));
    expect(String(error)).to.equal("Error: getter");
    hclose(b);
  });
});

function* passOn(iterable: Iterable<never>): Coroutine {
  yield* msleep(now() + 1);
  yield* iterable;
}

function withHostileResults(): Iterable<never> {
  let looks = 0;
  const result = {
    get done() {
      looks += 1;
      return looks > 1;
    },
    get value(): never {
      throw new Error("getter");
    },
  };
  return { [Symbol.iterator]: () => ({ next: () => result as never }) };
}

describe("what is no AbortSignal", () => {
  for (const signal of [{}, 5, null]) {
    it(`is EINVAL for run, and leaves nothing behind: ${String(signal)}`, async () => {
      const error = await rejectionOf(run(nothing(), { signal: signal as never }));
      expect(error).to.include({ code: "EINVAL" });
    });
  }

  for (const program of ["ends", "deadlocks"]) {
    it(`leaves no run behind when it takes no listener: a later one ${program}`, async () => {
      const { output } = await startFixture("deafSignal", program).ended();
      expect(output.split("\n")).to.deep.equal([
        "Error: no listeners",
        "the refused coroutine can be started still",
        program === "ends" ? "ended" : "EDEADLK",
        "",
      ]);
    });
  }

  it("cancels a run though nobody can look at its state and its reason", async () => {
    const { signal, tell } = blindSignal();
    const running = run(msleepForEver(), { signal });
    tell();
    expect(await rejectionOf(running)).to.include({ code: "ECANCELED" });
  });

  it("keeps nobody from ending when it throws as its listener is removed", function* () {
    const { signal } = new AbortController();
    signal.removeEventListener = () => {
      throw new Error("removed");
    };
    const b = bundle();
    let hasEnded = false;
    bundleGo(
      b,
      (function* () {
        yield* choose([{ op: "abort", signal }], -1);
      })(),
    );
    bundleGo(
      b,
      (function* () {
        try {
          yield* msleep(-1);
        } finally {
          hasEnded = true;
        }
      })(),
    );
    hclose(b);
    expect(hasEnded).to.equal(true);
  });
});

/** A signal of somebody's own, which can be looked at once. */
function blindSignal(): { readonly signal: AbortSignal; tell(): void } {
  let looks = 0;
  let listener: (() => void) | undefined;
  const signal = {
    get aborted() {
      looks += 1;
      if (looks > 1) throw new Error("aborted");
      return false;
    },
    get reason(): never {
      throw new Error("reason");
    },
    addEventListener: (_name: string, onAbort: () => void) => {
      listener = onAbort;
    },
    removeEventListener: () => {},
  };
  return { signal: signal as unknown as AbortSignal, tell: () => listener?.call(signal) };
}

function* msleepForEver(): Coroutine {
  yield* msleep(-1);
}

describe("a clause whose look closes what an earlier one waits for", () => {
  it("makes that clause the EPIPE of its channel", function* () {
    const [a, b] = chmake<number>();
    const closing = {
      // oxlint-disable-next-line unicorn/no-thenable
      then() {
        hclose(a);
        hclose(b);
      },
    } as PromiseLike<never>;
    const result = yield* choose(
      [
        { op: "recv", ch: a },
        { op: "until", promise: closing },
      ],
      now() + 1000,
    );
    expect(result.index).to.equal(0);
    expect(result.error).to.include({ code: "EPIPE" });
  });
});

describe("a chain of coroutines that close each other", () => {
  it("ends, and no coroutine is lost, however long it is", async () => {
    const handles: Bundle[] = [];
    let ended = 0;
    function* link(i: number): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        ended += 1;
        const next = handles[i + 1];
        if (next !== undefined) hclose(next);
      }
    }
    await run(
      // oxlint-disable-next-line require-yield
      (function* () {
        for (let i = 0; i < 1000; i++) handles.push(go(link(i)));
        hclose(handles[0]!);
      })(),
    ).catch((error: unknown) => expect(isErrno(error, "EDEADLK")).to.equal(true));
    expect(ended).to.equal(1000);
  });
});

describe("bundleClose", () => {
  it("waits in an Effection program, too", async () => {
    const log: string[] = [];
    await runEffection(function* () {
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            yield* msleep(now() + 5);
            log.push("cleaned up");
          }
        })(),
      );
      yield* bundleClose(b, now() + 10_000);
      log.push("closed");
    });
    expect(log).to.deep.equal(["cleaned up", "closed"]);
  });

  it("of a scope's bundle leaves its members inside the scope: closing around that is EDEADLK", function* () {
    let inner: Bundle | undefined;
    let code: unknown;
    const h = go(
      (function* () {
        yield* scope(function* (b) {
          inner = b;
          bundleGo(
            b,
            (function* () {
              try {
                yield* msleep(-1);
              } finally {
                ({ code } = thrownBy(() => hclose(h)) as { code?: unknown });
              }
            })(),
          );
          yield* msleep(now() + 5);
        });
      })(),
    );
    yield* bundleClose(inner!, now() + 1000);
    expect(code).to.equal("EDEADLK");
    expect(yield* codeOf(bundleClose(inner!, -1))).to.equal("EBADF");
    hclose(h);
  });
});

describe("iterate", () => {
  it("does not start its body when it was left before", async () => {
    let hasStarted = false;
    const iterator = iterate<number>(function* () {
      hasStarted = true;
      yield;
    })[Symbol.asyncIterator]();
    await iterator.return?.();
    expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
    expect(hasStarted).to.equal(false);
  });
});

// biome-ignore lint: a coroutine that ends at once.
function* nothing(): Coroutine {}
