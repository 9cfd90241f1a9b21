// Deadlocks that were missed once, and false alarms.
import { expect } from "chai";
import { run as effectionRun, suspend } from "effection";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  type Coroutine,
  go,
  isErrno,
  join,
  messagesOf,
  msleep,
  now,
  type Operation,
  run,
  scope,
  until,
  withDeadline,
} from "libdill-ts";
import { fromEffection } from "libdill-ts/effection";
import { rejectionOf } from "../support/failure.js";
import { it } from "../support/it.js";

const stuck = (): Operation<unknown> =>
  fromEffection(function* () {
    try {
      yield* suspend();
    } finally {
      yield* suspend();
    }
  });

function* getStuck(): Coroutine {
  yield* stuck();
}

describe("a deadlock whose victims' clean-up gets stuck is EDEADLK", () => {
  const programs: Readonly<Record<string, () => Coroutine<unknown>>> = {
    "in main": getStuck,
    *"in a joined child"() {
      yield* join(go(getStuck()), -1);
    },
    *"in a scope"() {
      yield* scope(function* (b) {
        bundleGo(b, getStuck());
        yield* msleep(-1);
      });
    },
    *"in a withDeadline"() {
      yield* withDeadline(-1, getStuck);
    },
  };
  for (const [name, program] of Object.entries(programs)) {
    it(name, async () => {
      const error = await rejectionOf(run(program()));
      const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
      expect(errors.some((each) => isErrno(each, "EDEADLK"))).to.equal(true);
    });
  }
});

describe("a deadlock is found", () => {
  it("although a run without end stands by whose signal has come already", async () => {
    const signal = AbortSignal.abort();
    const main = function* (): Coroutine {
      try {
        yield* msleep(-1);
      } catch {
        yield* msleep(-1);
      }
    };
    const error = await rejectionOf(run(main(), { signal, grace: Infinity }));
    expect(isErrno(error, "EDEADLK")).to.equal(true);
  });

  it("although somebody iterates over messages that nobody can send any more", async () => {
    const error = await rejectionOf(
      (async () => {
        const [a] = chmake<number>();
        for await (const message of messagesOf(a)) void message;
      })(),
    );
    expect(isErrno(error, "EDEADLK")).to.equal(true);
  });

  it("in the clean-up that has come of a deadlock", async () => {
    const main = function* (): Coroutine {
      const [near] = chmake<never>();
      const b = bundle();
      bundleGo(b, receive(near));
      yield* bundleWait(b, -1);
    };
    const error = await rejectionOf(run(main()));
    expect(isErrno(error, "EDEADLK")).to.equal(true);
  });

  it("with the name of what each coroutine waits for", async () => {
    const [near] = chmake<never>();
    const error = await rejectionOf(run(receive(near)));
    expect(String(error)).to.include("chrecv");
  });
});

describe("no deadlock is found", () => {
  it("while an Effection program waits for a timer", async () => {
    const main = function* (): Coroutine<string> {
      const slow = effectionRun(function* () {
        yield* msleep(now() + 1300);
        return "done";
      });
      return yield* until(slow, -1);
    };
    expect(await run(main())).to.equal("done");
  });
});

function* receive(ch: ReturnType<typeof chmake<never>>[0]): Coroutine {
  yield* chrecv(ch, -1);
}
