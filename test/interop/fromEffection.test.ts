import { expect } from "chai";
import {
  createContext,
  ensure,
  race,
  resource,
  run as effectionRun,
  scoped,
  sleep,
  spawn,
  suspend,
} from "effection";
import {
  type Bundle,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  isErrno,
  join,
  msleep,
  now,
  type Operation,
  run,
  scope,
  withDeadline,
} from "libdill-ts";
import { fromEffection, toEffection, useBundle } from "libdill-ts/effection";
import { codeOf, codeOfCall, codeOrNone, rejectionOf, thrownIn } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

describe("fromEffection", () => {
  it("returns the operation's value, at once or later", function* () {
    expect(
      yield* fromEffection(function* () {
        return 1;
      }),
    ).to.equal(1);
    expect(
      yield* fromEffection(function* () {
        yield* sleep(1);
        return 2;
      }),
    ).to.equal(2);
    expect(yield* fromEffection(sleep(1))).to.equal(undefined);
  });

  it("throws its error as it is, and that of what it spawned", function* () {
    const mine = new Error("mine");
    const thrown = yield* thrownIn(
      fromEffection(function* () {
        yield* sleep(1);
        throw mine;
      }),
    );
    expect(thrown).to.equal(mine);
    const spawned = yield* thrownIn(
      fromEffection(function* () {
        yield* spawn(function* () {
          yield* sleep(1);
          throw mine;
        });
        yield* suspend();
      }),
    );
    expect(spawned).to.equal(mine);
  });

  it("ends what the operation spawned, and its resources, with it", function* () {
    const log: string[] = [];
    yield* fromEffection(function* () {
      yield* resource<void>(function* (provide) {
        try {
          yield* provide();
        } finally {
          log.push("resource");
        }
      });
      yield* spawn(function* () {
        try {
          yield* suspend();
        } finally {
          log.push("child");
        }
      });
      yield* sleep(0); // it has begun by then
    });
    expect(log).to.have.members(["resource", "child"]);
  });

  it("runs our operations in it, which are not the coroutine's", function* () {
    const [a, b] = chmake<number>();
    const sender = go(
      (function* () {
        yield;
        yield* chsend(a, 7, -1);
      })(),
    );
    const received = yield* fromEffection(function* () {
      yield* msleep(now() + 1);
      return yield* chrecv(b, -1);
    });
    expect(received).to.equal(7);
    for (const h of [sender, a, b]) hclose(h);
  });

  it("runs again each time it is yielded", function* () {
    let calls = 0;
    const operation = fromEffection(function* () {
      calls += 1;
      yield* sleep(0);
      return calls;
    });
    expect(calls).to.equal(0);
    expect([yield* operation, yield* operation]).to.deep.equal([1, 2]);
  });

  describe("deadline", () => {
    it("halts the operation when it hits: ETIMEDOUT", function* () {
      const log: string[] = [];
      const code = yield* codeOf(
        fromEffection(function* () {
          try {
            yield* suspend();
          } finally {
            log.push("halted");
          }
        }, now() + 1),
      );
      expect([code, ...log]).to.deep.equal(["ETIMEDOUT", "halted"]);
    });

    it("0 gives the value of what needs no wait", function* () {
      expect(
        yield* fromEffection(function* () {
          return 1;
        }, 0),
      ).to.equal(1);
      expect(yield* codeOf(fromEffection(suspend(), 0))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(fromEffection(suspend(), NaN))).to.equal("EINVAL");
    });
  });

  describe("cancellation", () => {
    it("halts the operation at once, before ECANCELED arrives", function* () {
      const log: string[] = [];
      const h = go(
        (function* () {
          try {
            yield* fromEffection(function* () {
              try {
                yield* suspend();
              } finally {
                log.push("halted");
              }
            });
          } catch (error) {
            log.push(isErrno(error, "ECANCELED") ? "ECANCELED" : "other");
            throw error;
          }
        })(),
      );
      yield;
      hclose(h);
      expect(log).to.deep.equal(["halted", "ECANCELED"]);
    });

    it("does not wait for an asynchronous teardown, but the run does", async () => {
      const log: string[] = [];
      await run(
        (function* () {
          const h = go(withSlowTeardown(log));
          yield;
          hclose(h);
          log.push("closed");
        })(),
      );
      log.push("settled");
      expect(log).to.deep.equal(["begins", "closed", "teardown", "settled"]);
    });

    it("lets the run reject with the error of a teardown", async () => {
      const failing = run(
        (function* () {
          const h = go(
            (function* () {
              yield* fromEffection(function* () {
                try {
                  yield* suspend();
                } finally {
                  yield* sleep(1);
                  throw new Error("in the teardown");
                }
              });
            })(),
          );
          yield;
          hclose(h);
        })(),
      );
      expect(await rejectionOf(failing)).to.have.property("message", "in the teardown");
    });

    it("by the end of the run, too, halts it and waits", async () => {
      const log: string[] = [];
      await run(
        (function* () {
          bundleGo(bundle(), withSlowTeardown(log));
          yield;
        })(),
      );
      log.push("settled");
      expect(log).to.deep.equal(["begins", "teardown", "settled"]);
    });

    it("is not lost when the operation ends in a finally block of its own", function* () {
      let wentOn = false;
      const h = go(
        (function* () {
          yield* helper();
          wentOn = true;
        })(),
      );
      function* helper(): Coroutine {
        yield* fromEffection(function* () {
          try {
            yield* suspend();
          } finally {
            yield* sleep(1);
          }
        });
      }
      yield;
      hclose(h);
      yield* msleep(now() + 5);
      expect(wentOn).to.equal(false);
    });
  });

  describe("with the bundle of the coroutine that waits for the program", () => {
    /** Where in the program somebody closes it. */
    const places: Record<string, (close: () => Coroutine) => Operation<unknown>> = {
      "a scope's body": (close) => scope(close),
      "a coroutine of a scope": (close) =>
        scope(function* (inner) {
          bundleGo(inner, close());
          yield* bundleWait(inner, -1);
        }),
      "a block with a deadline": (close) => withDeadline(-1, close),
      "a block in a block": (close) => scope(() => nested(close)),
      "a task that it has spawned": function* (close) {
        yield* yield* spawn(() => scope(close));
      },
      "a whole coroutine in it": (close) => toEffection(close),
      "a program in a coroutine in it": (close) =>
        toEffection(function* () {
          yield* fromEffection(() => scope(close));
        }),
    };

    function* nested(close: () => Coroutine): Coroutine {
      yield* withDeadline(-1, close);
    }

    const closers: Record<string, (b: Bundle) => Operation<void>> = {
      *hclose(b) {
        hclose(b);
      },
      *bundleClose(b) {
        yield* bundleClose(b, now() + 1000);
      },
      *"bundleClose at once"(b) {
        yield* bundleClose(b, 0);
      },
    };

    for (const [place, inPlace] of Object.entries(places)) {
      for (const [closer, close] of Object.entries(closers)) {
        for (const isLate of [false, true]) {
          it(`${closer} in ${place}${isLate ? ", later" : ""} is EDEADLK and changes nothing`, function* () {
            const log: string[] = [];
            const b = bundle();
            bundleGo(b, member());
            yield* bundleWait(b, now() + 1000);
            expect(log).to.deep.equal(["EDEADLK", "place", "member"]);
            hclose(b);

            function* member(): Coroutine {
              yield* fromEffection(function* () {
                yield* inPlace(function* () {
                  if (isLate) yield* msleep(now() + 1);
                  log.push(yield* codeOrNone(close(b)));
                  yield* msleep(now() + 1);
                  log.push("place");
                });
              });
              log.push("member");
            }
          });
        }
      }
    }

    it("bundleClose by the program itself is EDEADLK", function* () {
      const b = bundle();
      const codes: string[] = [];
      bundleGo(
        b,
        (function* () {
          yield* fromEffection(function* () {
            for (const deadline of [-1, 0]) codes.push(yield* codeOf(bundleClose(b, deadline)));
          });
        })(),
      );
      yield* bundleWait(b, now() + 1000);
      expect(codes).to.deep.equal(["EDEADLK", "EDEADLK"]);
      hclose(b);
    });

    it("a teardown that goes on by itself may close it: nobody waits for that any more", async () => {
      const codes: string[] = [];
      await run(
        (function* () {
          const b = bundle();
          const halted = bundleGo(b, halting());
          yield* join(halted, -1);
          bundleGo(b, forever());
          yield* msleep(now() + 5);

          function* halting(): Coroutine {
            yield* codeOf(fromEffection(program, now() + 1));
          }

          function* program(): Operation<void> {
            try {
              yield* suspend();
            } finally {
              yield* sleep(2);
              yield* scope(function* () {
                codes.push(codeOfCall(() => hclose(b)));
              });
            }
          }
        })(),
      );
      expect(codes).to.deep.equal([""]);
    });

    it("a failure in it, in a block of the program, ends the block before the code around it goes on", function* () {
      const log: string[] = [];
      const b = bundle();
      bundleGo(b, member());
      expect(yield* messageIn(bundleWait(b, -1))).to.equal("mine");
      yield* msleep(now() + 1);
      expect(log).to.deep.equal(["member", "goes on", "block", "around"]);
      hclose(b);

      function* member(): Coroutine {
        try {
          yield* fromEffection(around);
        } finally {
          log.push("member");
        }
      }

      function* around(): Operation<void> {
        try {
          yield* scope(block);
        } finally {
          log.push("around");
        }
      }

      function* block(): Coroutine {
        yield* msleep(now() + 1);
        bundleGo(b, failing());
        log.push("goes on");
        try {
          yield* msleep(-1);
        } finally {
          log.push("block");
        }
      }
    });

    function* failing(): Coroutine {
      throw new Error("mine");
    }

    function* forever(): Coroutine {
      yield* msleep(-1);
    }

    function* messageIn(operation: Operation<unknown>): Coroutine<string> {
      return ((yield* thrownIn(operation)) as Error).message;
    }
  });

  describe("errors", () => {
    it("EINVAL: no operation", function* () {
      for (const operation of [1, undefined, {}, "text"]) {
        const error = yield* thrownIn(fromEffection(operation as never));
        expect(error).to.include({ code: "EINVAL", syscall: "from_effection" });
      }
    });

    it("says to use it where an Effection operation is run without it", function* () {
      const h = go(
        (function* () {
          yield* sleep(1);
        })(),
      );
      const error = yield* thrownIn(join(h, -1));
      expect(error).to.have.property("code", "EINVAL");
      expect(String(error)).to.include("fromEffection");
      hclose(h);
    });
  });

  describe("in an Effection program", () => {
    const halts: Record<string, (program: () => Operation<void>) => Operation<unknown>> = {
      "in the program itself": (program) => fromEffection(program),
      "in the body of a scope": (program) =>
        scope(function* () {
          yield* fromEffection(program);
        }),
    };
    for (const [place, inPlace] of Object.entries(halts)) {
      it(`${place}, a halt waits for the teardown`, async () => {
        const log: string[] = [];
        await effectionRun(function* () {
          const task = yield* spawn(() => inPlace(() => slowTeardown(log)));
          yield* sleep(1);
          yield* task.halt();
          log.push("halted");
        });
        expect(log).to.deep.equal(["teardown", "halted"]);
      });

      it(`${place}, fails the scope around with the error of a teardown that a deadline has begun`, async () => {
        const log: string[] = [];
        const failing = effectionRun(function* () {
          log.push(yield* codeOf(withDeadline(now() + 1, () => waitingIn(inPlace))));
          yield* suspend();
        });
        expect(await rejectionOf(failing)).to.have.property("message", "in the teardown");
        expect(log).to.deep.equal(["ETIMEDOUT"]);
      });
    }

    it("in a coroutine of useBundle, the end of the scope waits for the teardown", async () => {
      const log: string[] = [];
      await effectionRun(function* () {
        yield* scoped(function* () {
          const b = yield* useBundle();
          bundleGo(
            b,
            waitingIn(() => fromEffection(() => slowTeardown(log))),
          );
          yield* sleep(1);
        });
        log.push("after");
      });
      expect(log).to.deep.equal(["teardown", "after"]);
    });

    it("sees the contexts of the scope around", async () => {
      const name = createContext<string>("name");
      const seen = await effectionRun(function* () {
        yield* name.set("outer");
        return yield* fromEffection(() => name.expect());
      });
      expect(seen).to.equal("outer");
    });

    function* slowTeardown(log: string[]): Operation<void> {
      try {
        yield* suspend();
      } finally {
        yield* sleep(3);
        log.push("teardown");
      }
    }

    function* failingTeardown(): Operation<void> {
      try {
        yield* suspend();
      } finally {
        yield* sleep(1);
        throw new Error("in the teardown");
      }
    }

    function* waitingIn(
      inPlace: (program: () => Operation<void>) => Operation<unknown>,
    ): Coroutine {
      yield* inPlace(failingTeardown);
    }
  });

  it("sees the contexts of the Effection scope around toEffection", async () => {
    const name = createContext<string>("name");
    const seen = await effectionRun(function* () {
      yield* name.set("outer");
      return yield* toEffection(function* () {
        const h = go(
          (function* () {
            return yield* fromEffection(() => name.expect());
          })(),
        );
        return yield* join(h, -1);
      });
    });
    expect(seen).to.equal("outer");
  });

  it("three deep, halts all the way down", async () => {
    const log: string[] = [];
    await effectionRun(function* () {
      const task = yield* spawn(() =>
        toEffection(function* () {
          try {
            yield* fromEffection(function* () {
              yield* ensure(() => void log.push("inner effection"));
              yield* toEffection(function* () {
                try {
                  yield* msleep(-1);
                } finally {
                  log.push("inner libdill");
                }
              });
            });
          } finally {
            log.push("outer libdill");
          }
        }),
      );
      yield* sleep(2);
      yield* task.halt();
      log.push("halted");
    });
    expect(log).to.have.members(["inner libdill", "inner effection", "outer libdill", "halted"]);
    expect(log.at(-1)).to.equal("halted");
  });

  it("races two of our receives, and the loser has taken no message", function* () {
    const [a, b] = chmake<string>();
    const [c, d] = chmake<string>();
    const sender = go(
      (function* () {
        yield* chsend(a, "first", -1);
        yield* chsend(c, "second", -1);
      })(),
    );
    const won = yield* fromEffection(() => race([chrecv(b, -1), chrecv(d, -1)]));
    expect(won).to.equal("first");
    expect(yield* chrecv(d, -1)).to.equal("second");
    for (const h of [sender, a, b, c, d]) hclose(h);
  });
});

function* withSlowTeardown(log: string[]): Coroutine {
  yield* fromEffection(function* () {
    log.push("begins");
    try {
      yield* suspend();
    } finally {
      yield* sleep(2);
      log.push("teardown");
    }
  });
}
