import { expect } from "chai";
import { describe } from "mocha";
import {
  brecv,
  bsend,
  type Bundle,
  bundle,
  bundleGo,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  isErrno,
  join,
  msleep,
  run,
  scope,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { rejectionOf, thrownBy } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("a coroutine that is canceled while it has much to do that needs no wait", () => {
  it("gets ECANCELED from one of the next operations, and has done nothing wrong", function* () {
    const [a, b] = yield* ipcPair();
    yield* bsend(a, Buffer.alloc(60_000), -1);
    let received = 0;
    let end: unknown;
    const reader = go(
      (function* () {
        try {
          for (;;) {
            yield* brecv(b, 1, -1);
            received += 1;
          }
        } catch (error) {
          end = error;
          throw error;
        }
      })(),
    );
    while (received === 0) yield* yieldNow();
    hclose(reader);
    expect(end).to.include({ code: "ECANCELED", syscall: "brecv" });
    expect(received).to.be.lessThan(60_000);
  });
});

describe("a coroutine that keeps swallowing ECANCELED", () => {
  const loops: Readonly<Record<string, () => Coroutine>> = {
    *"in an operation"() {
      for (;;) {
        try {
          yield* msleep(-1);
        } catch {}
      }
    },
    *"in a bare yield"() {
      for (;;) {
        try {
          yield;
        } catch {}
      }
    },
    *"in yieldNow"() {
      for (;;) {
        try {
          yield* yieldNow();
        } catch {}
      }
    },
    *"in a scope"() {
      for (;;) {
        try {
          yield* scope(function* () {
            yield* msleep(-1);
          });
        } catch {}
      }
    },
    *"in a block with a deadline"() {
      for (;;) {
        try {
          yield* withDeadline(-1, function* () {
            yield* msleep(-1);
          });
        } catch {}
      }
    },
    *"in a helper"() {
      for (;;) yield* swallow();
    },
    *"in a finally"() {
      try {
        yield* msleep(-1);
      } finally {
        for (;;) {
          try {
            yield* msleep(-1);
          } catch {}
        }
      }
    },
    *"in what never lets go"() {
      yield* neverEnding;
    },
  };

  for (const [where, loop] of Object.entries(loops)) {
    it(`${where} is ended with EDEADLK`, function* () {
      const h = go(loop());
      const error = thrownBy(() => hclose(h));
      expect(error).to.include({ code: "EDEADLK", syscall: "hclose" });
      expect(String(error)).to.include("rethrow it");
    });
  }

  it("is ended through its finally blocks", function* () {
    const log: string[] = [];
    const h = go(
      (function* () {
        try {
          try {
            yield* loops["in an operation"]?.() as Coroutine;
          } finally {
            log.push("inner");
          }
        } finally {
          log.push("outer");
        }
      })(),
    );
    expect(thrownBy(() => hclose(h))).to.include({ code: "EDEADLK" });
    expect(log).to.deep.equal(["inner", "outer"]);
  });

  it("is told with the error its clean-up threw", function* () {
    const oops = new Error("oops");
    const h = go(
      (function* () {
        try {
          yield* loops["in an operation"]?.() as Coroutine;
        } finally {
          failWith(oops);
        }
      })(),
    );
    expect(thrownBy(() => hclose(h))).to.include({ code: "EDEADLK", cause: oops });
  });

  it("does not keep its siblings from ending", function* () {
    const b = bundle();
    const log: string[] = [];
    for (const loop of Object.values(loops)) bundleGo(b, loop());
    bundleGo(b, linger(log));
    const error = thrownBy(() => hclose(b));
    expect(error).to.be.instanceOf(AggregateError);
    expect((error as AggregateError).errors).to.have.length(Object.keys(loops).length);
    expect(log).to.deep.equal(["ended"]);
  });

  it("makes run reject when it is ended by the end of the run", async () => {
    const error = await rejectionOf(
      run(
        (function* () {
          go(loops["in an operation"]?.() as Coroutine);
          yield;
        })(),
      ),
    );
    expect(error).to.include({ code: "EDEADLK" });
  });

  it("makes run reject when it is the main coroutine", async () => {
    const controller = new AbortController();
    const done = run(loops["in an operation"]?.() as Coroutine, { signal: controller.signal });
    controller.abort();
    expect(await rejectionOf(done)).to.include({ code: "EDEADLK" });
  });

  it("may refuse a few times with impunity", function* () {
    let refusals = 0;
    const h = go(
      (function* () {
        while (refusals < 500) {
          try {
            yield* msleep(-1);
          } catch {
            refusals++;
          }
        }
      })(),
    );
    hclose(h);
    expect(refusals).to.equal(500);
  });
});

describe("a tree of coroutines", () => {
  for (const depth of [1, 99, 100, 101, 1000, 5000]) {
    it(`${depth} deep that closes its children in a finally ends from the top`, async () => {
      for (const grow of [growByGo, growByBundle]) {
        const tree = { alive: 0, born: 0, ended: 0 };
        await run(
          (function* () {
            const h = go(grow(tree, depth));
            while (tree.born < depth) yield;
            expect(tree.alive).to.equal(depth);
            hclose(h);
            expect(tree).to.deep.equal({ alive: 0, born: depth, ended: depth });
          })(),
        );
      }
    });
  }

  it("5000 deep ends when its leaf fails", async () => {
    const oops = new Error("oops");
    const error = await rejectionOf(
      run(
        (function* () {
          const h = go(chain(5000));
          try {
            yield* join(h, -1);
          } finally {
            hclose(h);
          }
        })(),
      ),
    );
    expect(error).to.equal(oops);

    function* chain(levels: number): Coroutine {
      if (levels === 1) {
        yield;
        throw oops;
      }
      const inner = go(chain(levels - 1));
      try {
        yield* join(inner, -1);
      } finally {
        hclose(inner);
      }
    }
  });

  it("2000 scopes deep ends from the top", function* () {
    let ended = 0;
    const reached = { depth: 0 };
    const h = go(nest(2000));
    while (reached.depth < 2000) yield;
    hclose(h);
    expect(ended).to.equal(2000);

    function* nest(levels: number): Coroutine {
      reached.depth++;
      try {
        if (levels === 1) yield* msleep(-1);
        else {
          yield* scope(function* () {
            yield* nest2(levels - 1);
          });
        }
      } finally {
        ended++;
      }
    }
    function* nest2(levels: number): Coroutine {
      yield* nest(levels);
    }
  });

  it("closes wide and deep at once, each once", function* () {
    let born = 0;
    let ended = 0;
    const h = go(branch(6));
    hclose(h);
    expect(ended).to.equal(born);
    expect(born).to.equal((4 ** 7 - 1) / 3);

    function* branch(levels: number): Coroutine {
      born++;
      const b: Bundle = bundle();
      try {
        if (levels > 0) for (let i = 0; i < 4; i++) bundleGo(b, branch(levels - 1));
        yield* msleep(-1);
      } finally {
        hclose(b);
        ended++;
      }
    }
  });
});

/** Answers throw() and return() with one more bare yield. */
const neverEnding: Iterable<undefined, void, unknown> = {
  [Symbol.iterator]() {
    const once = (): IteratorResult<undefined, void> => ({ done: false, value: undefined });
    return { next: once, throw: once, return: once };
  },
};

function failWith(error: Error): void {
  throw error;
}

interface Tree {
  alive: number;
  born: number;
  ended: number;
}

function* growByGo(tree: Tree, levels: number): Coroutine {
  tree.born++;
  tree.alive++;
  const child = levels > 1 ? go(growByGo(tree, levels - 1)) : undefined;
  try {
    yield* msleep(-1);
  } finally {
    if (child !== undefined) hclose(child);
    tree.alive--;
    tree.ended++;
  }
}

function* growByBundle(tree: Tree, levels: number): Coroutine {
  tree.born++;
  tree.alive++;
  const b = bundle();
  try {
    if (levels > 1) bundleGo(b, growByBundle(tree, levels - 1));
    yield* msleep(-1);
  } finally {
    hclose(b);
    tree.alive--;
    tree.ended++;
  }
}

function* swallow(): Coroutine {
  try {
    yield* msleep(-1);
  } catch (error) {
    if (!isErrno(error, "ECANCELED")) throw error;
  }
}

function* linger(log: string[]): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    log.push("ended");
  }
}
