// Every operation in an Effection program, where it ends at once or waits: it must come to what it comes to in a
// coroutine, and nothing may be said of it afterwards.
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { race, run as effectionRun, sleep } from "effection";
import {
  bundle,
  bundleClose,
  bundleGo,
  type Coroutine,
  type Handle,
  hclose,
  msleep,
  now,
  type Operation,
  owned,
  until,
} from "libdill-ts";
import { asCoroutine } from "../support/cutShort.js";
import { codeOrNone } from "../support/failure.js";
import { itWith } from "../support/it.js";
import { type OperationCase, usual, type Waiting } from "../support/operationCase.js";
import { operationObjects } from "../support/operations.js";

const emptyBundle: OperationCase = {
  ...usual,
  name: "bundleClose of an empty bundle",
  *set() {
    const b = owned(bundle());
    return {
      op: (deadline = now() + 1000) => bundleClose(b, deadline),
      *release() {},
      close: () => b[Symbol.dispose](),
    };
  },
};

const cases = [...operationObjects, emptyBundle];

/** What comes of them with a deadline that is past; the others time out. */
const past: Readonly<Record<string, string>> = {
  msleep: "none",
  yieldNow: "none",
  bundleClose: "none",
  "bundleClose of an empty bundle": "none",
  scope: "waits",
  serve: "waits",
};

/** What comes of them when what they are made of has been closed; the others fail with EBADF. */
const closed: Readonly<Record<string, string>> = {
  msleep: "none",
  yieldNow: "none",
  bundleClose: "none",
  until: "ETIMEDOUT",
  happyeyeballsConnect: "ETIMEDOUT",
  ipaddrRemotes: "ETIMEDOUT",
  ipaddrRemote: "ETIMEDOUT",
  ipcConnect: "ETIMEDOUT",
  tcpConnect: "ETIMEDOUT",
  fromEffection: "ETIMEDOUT",
  sendEvents: "ETIMEDOUT", // it looks at its channel when an event has come
};

/** Where in the program the operation stands. */
const places: Readonly<Record<string, () => Operation<void>>> = {
  "first in an Effection program that a coroutine starts": function* () {},
  "first in an Effection program that a coroutine starts, when its turn is over": function* () {
    const end = now() + 4;
    while (now() < end); // busy on purpose
  },
  "later in an Effection program": () => sleep(0),
};

for (const [place, before] of Object.entries(places)) {
  describe(place, () => {
    for (const { name, makesHandle, set, isReal } of cases) {
      const it = itWith({ isReal });
      it(`${name} gets its result at once`, function* () {
        const waiting = yield* set();
        if (waiting.release !== undefined) {
          const b = bundle();
          bundleGo(b, asCoroutine(waiting.release() as Operation<unknown>));
          yield* msleep(now() + 1);
          const op = waiting.op() as Operation<unknown>;
          const made = makesHandle ? closing(op as Operation<Handle>) : op;
          expect(yield* outcomeOf(made, before, 5000)).to.equal("none");
          hclose(b);
        }
        waiting.close();
      });

      it(`${name} whose deadline is past comes to what it does in a coroutine`, function* () {
        const waiting = yield* set();
        const expected = past[name] ?? "ETIMEDOUT";
        expect(yield* outcomeOf(late(waiting), before)).to.equal(expected);
        waiting.close();
      });

      it(`${name} of what has been closed comes to what it does in a coroutine`, function* () {
        const waiting = yield* set();
        waiting.close();
        expect(yield* outcomeOf(late(waiting), before)).to.equal(closed[name] ?? "EBADF");
      });
    }
  });
}

function late(waiting: Waiting): Operation<unknown> {
  return waiting.op(0) as Operation<unknown>;
}

/** The code of its error, "none" or "waits". A complaint that comes after that fails the test. */
function* outcomeOf(
  operation: Operation<unknown>,
  before: () => Operation<void>,
  patience = 50,
): Coroutine<string> {
  const program = effectionRun(function* () {
    yield* before();
    return yield* race([
      codeOrNone(operation),
      (function* () {
        yield* sleep(patience);
        return "waits";
      })(),
    ]);
  });
  const outcome = yield* until(program, -1);
  yield* until(turn(), -1);
  return outcome;
}

/** The program belongs to no run, which would close what it makes. */
function* closing(operation: Operation<Handle>): Operation<void> {
  hclose(yield* operation);
}
