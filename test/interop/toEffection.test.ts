import { expect } from "chai";
import {
  all,
  race,
  run as effectionRun,
  scoped,
  sleep,
  spawn,
  suspend,
  withResolvers,
} from "effection";
import {
  bsend,
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  type Coroutine,
  go,
  type Handle,
  hclose,
  hmake,
  ipcPair,
  isErrno,
  msleep,
  now,
  type Operation,
} from "libdill-ts";
import { fromEffection, toEffection, useBundle, useHandle } from "libdill-ts/effection";
import { codeOf, rejectionOf, thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

function* valueLater<T>(value: T): Coroutine<T> {
  yield* msleep(now() + 1);
  return value;
}

function* failLater(error: Error): Coroutine<never> {
  yield* msleep(now() + 1);
  throw error;
}

function* failNow(error: Error): Coroutine<never> {
  throw error;
}

function* failAtEnd(message: string): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    throw new Error(message);
  }
}

/** Of one error, or of the parts of several. */
function messagesIn(error: unknown): string[] {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.map((part) => (part as Error).message);
}

function* until(log: string[], name: string): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    log.push(name);
  }
}

describe("toEffection", () => {
  it("returns the coroutine's value, and throws its error", async () => {
    const mine = new Error("mine");
    await effectionRun(function* () {
      expect(yield* toEffection(valueLater(1))).to.equal(1);
      expect(yield* toEffection(() => valueLater(2))).to.equal(2);
      expect(yield* all([toEffection(valueLater(3)), toEffection(valueLater(4))])).to.deep.equal([
        3, 4,
      ]);
      try {
        yield* toEffection(failLater(mine));
        expect.fail("it has thrown nothing");
      } catch (error) {
        expect(error).to.equal(mine);
      }
    });
  });

  it("runs again each time it is yielded, if it was given the function", async () => {
    let calls = 0;
    await effectionRun(function* () {
      const operation = toEffection(function* () {
        calls += 1;
        yield;
      });
      expect(calls).to.equal(0);
      yield* operation;
      yield* operation;
    });
    expect(calls).to.equal(2);
  });

  it("ends what the coroutine started and made", async () => {
    const log: string[] = [];
    let far = 0;
    await effectionRun(function* () {
      yield* toEffection(function* () {
        go(until(log, "child"));
        far = chmake<number>()[1];
        yield;
      });
      expect(log).to.deep.equal(["child"]);
      expect(yield* codeOf(chrecv(far as never, 0))).to.equal("EBADF");
    });
  });

  it("is canceled by a halt, which is done when all in it have ended", async () => {
    const log: string[] = [];
    await effectionRun(function* () {
      const task = yield* spawn(() =>
        toEffection(function* () {
          go(until(log, "child"));
          yield* until(log, "main");
        }),
      );
      yield* sleep(1);
      yield* task.halt();
      log.push("halted");
    });
    expect(log).to.have.members(["main", "child", "halted"]);
    expect(log.at(-1)).to.equal("halted");
  });

  it("does not lose a halt in a helper: what comes after it does not run", async () => {
    let wentOn = false;
    await effectionRun(function* () {
      const task = yield* spawn(function* () {
        yield* helper();
        wentOn = true;
        yield* suspend();
      });
      function* helper(): Generator<never, void> {
        yield* toEffection(function* () {
          yield* msleep(-1);
        }) as Iterable<never, void>;
      }
      yield* sleep(1);
      yield* task.halt();
    });
    expect(wentOn).to.equal(false);
  });

  it("lets a halt fail with the error of a coroutine's end", async () => {
    const failing = effectionRun(function* () {
      const task = yield* spawn(() =>
        toEffection(function* () {
          try {
            yield* msleep(-1);
          } finally {
            throw new Error("in the end");
          }
        }),
      );
      yield* sleep(1);
      yield* task.halt();
    });
    expect(await rejectionOf(failing)).to.have.property("message", "in the end");
  });

  it("loses a race, and is canceled", async () => {
    const log: string[] = [];
    await effectionRun(function* () {
      const won = yield* race([
        toEffection(valueLater("fast")),
        toEffection(() => until(log, "slow")),
      ]);
      expect(won).to.equal("fast");
    });
    expect(log).to.deep.equal(["slow"]);
  });

  it("waits for the teardown of Effection operations inside", async () => {
    const log: string[] = [];
    await effectionRun(function* () {
      const task = yield* spawn(() =>
        toEffection(function* () {
          yield* fromEffection(function* () {
            try {
              yield* suspend();
            } finally {
              yield* sleep(2);
              log.push("teardown");
            }
          });
        }),
      );
      yield* sleep(1);
      yield* task.halt();
      log.push("halted");
    });
    expect(log).to.deep.equal(["teardown", "halted"]);
  });

  it("is EINVAL for what is no coroutine", async () => {
    const failing = effectionRun(() => toEffection(1 as never));
    expect(isErrno(await rejectionOf(failing), "EINVAL")).to.equal(true);
  });
});

describe("useBundle", () => {
  it("cancels its coroutines when the scope ends", async () => {
    const log: string[] = [];
    await effectionRun(function* () {
      yield* scoped(function* () {
        const b = yield* useBundle();
        bundleGo(b, until(log, "worker"));
        yield* sleep(1);
      });
      log.push("after");
    });
    expect(log).to.deep.equal(["worker", "after"]);
  });

  it("fails the scope with an error that escapes one of them", async () => {
    const log: string[] = [];
    const mine = new Error("mine");
    const failing = effectionRun(function* () {
      const b = yield* useBundle();
      bundleGo(b, until(log, "sibling"));
      bundleGo(b, failLater(mine));
      yield* suspend();
    });
    expect(await rejectionOf(failing)).to.equal(mine);
    expect(log).to.deep.equal(["sibling"]);
  });

  it("fails the scope with an error that escapes one of them while the scope's end closes it", async () => {
    for (const names of [["only"], ["first", "second"]]) {
      const failing = effectionRun(() =>
        scoped(function* () {
          const b = yield* useBundle();
          for (const name of names) bundleGo(b, failAtEnd(name));
          yield* sleep(1);
        }),
      );
      expect(messagesIn(await rejectionOf(failing))).to.deep.equal(names);
    }
  });

  it("fails the scope with the errors of all that a failure has canceled", async () => {
    const failing = effectionRun(function* () {
      const b = yield* useBundle();
      for (const name of ["second", "third"]) bundleGo(b, failAtEnd(name));
      bundleGo(b, failLater(new Error("first")));
      yield* suspend();
    });
    expect(messagesIn(await rejectionOf(failing))).to.deep.equal(["first", "second", "third"]);
  });

  it("keeps an error until somebody has thrown it: who closes it by hand, say", async () => {
    const seen: unknown[] = [];
    await effectionRun(() =>
      scoped(function* () {
        const b = yield* useBundle();
        bundleGo(b, failAtEnd("mine"));
        seen.push(thrownBy(() => hclose(b)));
        yield* sleep(1);
      }),
    );
    expect(seen.flatMap(messagesIn)).to.deep.equal(["mine"]);
  });

  it("takes no coroutine after one has failed", async () => {
    const mine = new Error("mine");
    const failing = effectionRun(function* () {
      const b = yield* useBundle();
      bundleGo(b, failNow(mine));
      expect(thrownBy(() => bundleGo(b, valueLater(1)))).to.equal(mine);
      yield* suspend();
    });
    expect(await rejectionOf(failing)).to.equal(mine);
  });

  it("is a bundle like others", async () => {
    await effectionRun(function* () {
      const b = yield* useBundle();
      bundleGo(b, valueLater(1));
      yield* bundleWait(b, -1);
      hclose(b);
    });
  });
});

describe("useBundle and useHandle", () => {
  const makers: Record<string, () => Operation<Bundle>> = {
    useBundle: () => useBundle(),
    useHandle: () => useHandle(oneBundle()),
  };
  for (const [name, make] of Object.entries(makers)) {
    it(`${name} waits until a coroutine that has ended the scope is off the stack`, async () => {
      const log: string[] = [];
      await effectionRun(function* () {
        const { operation, resolve } = withResolvers<void>();
        yield* scoped(function* () {
          const b = yield* make();
          bundleGo(b, resolving(resolve, log));
          yield* operation;
        });
        log.push("after");
      });
      expect(log).to.deep.equal(["goes on", "ended", "after"]);
    });
  }

  function* oneBundle(): Operation<Bundle> {
    return bundle();
  }

  function* resolving(resolve: () => void, log: string[]): Coroutine {
    yield* msleep(now() + 1);
    resolve();
    log.push("goes on");
    yield* until(log, "ended");
  }
});

describe("useHandle", () => {
  it("closes each handle whatever the others throw, and fails the scope with that", async () => {
    const log: string[] = [];
    function* make(): Operation<Handle[]> {
      return ["first", "second"].map((name) => hmake(failingClose(name)));
    }
    function failingClose(name: string) {
      const close = (): never => {
        log.push(name);
        throw new Error(name);
      };
      return { query: () => undefined, close };
    }
    const failing = effectionRun(() =>
      scoped(function* () {
        yield* useHandle(make());
      }),
    );
    expect(messagesIn(await rejectionOf(failing))).to.deep.equal(["second", "first"]);
    expect(log).to.deep.equal(["second", "first"]);
  });

  it("closes the handle when the scope ends, or each of several", async () => {
    await effectionRun(function* () {
      const [mine] = yield* scoped(function* () {
        const pair = yield* useHandle(ipcPair());
        yield* bsend(pair[0], Buffer.from("x"), -1);
        return pair;
      });
      expect(yield* codeOf(bsend(mine, Buffer.from("x"), -1))).to.equal("EBADF");
    });
  });

  it("leaves one alone that has been closed", async () => {
    await effectionRun(function* () {
      yield* scoped(function* () {
        const [a, b] = yield* useHandle(ipcPair());
        hclose(a);
        yield* sleep(0);
        hclose(b);
      });
    });
  });

  it("passes on the error of what makes it", async () => {
    const failing = effectionRun(function* () {
      yield* useHandle(
        (function* () {
          throw new Error("mine");
        })(),
      );
    });
    expect(await rejectionOf(failing)).to.have.property("message", "mine");
  });
});
