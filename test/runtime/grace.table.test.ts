// Every operation, cut short by a grace: wherever it stands, and whatever the clean-up does.
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleClose,
  bundleGo,
  type Coroutine,
  hclose,
  msleep,
  now,
  withDeadline,
} from "libdill-ts";
import {
  asCoroutine,
  cleanUps,
  type Log,
  nameOf,
  places,
  saying,
  type Work,
} from "../support/cutShort.js";
import { itWith } from "../support/it.js";
import type { OperationCase, Waiting } from "../support/operationCase.js";
import { operations } from "../support/operations.js";

type CleanUp = keyof typeof cleanUps;
type Start = (cleanUp: CleanUp, log: Log) => Coroutine<ReturnType<typeof bundle>>;

/** What happens to a coroutine: what it says after it was cut short, and then how its closer has fared. */
const fates: Readonly<
  Record<string, readonly [(start: Start, log: Log) => Coroutine, ...string[]]>
> = {
  "waits, and gets it": [closing("waits", () => -1), "cleaned up", "closed"],
  "waits too long": [closing("waitsTooLong", () => now() + 5), "then ECANCELED", "closed"],
  "starts coroutines": [closing("starts", () => -1), "helped", "closed"],
  swallows: [closing("swallows", () => -1), "went on", "closed"],
  "swallows for ever": [closing("swallowsForEver", () => now() + 5), "then ECANCELED", "EDEADLK"],
  throws: [closing("throws", () => -1), "clean-up failed"],
  "is canceled with its closer": [closerIsCanceled, "then ECANCELED", "ECANCELED", "at once"],
  "has a closer that is told": [closerIsTold, "cleaned up", "closed", "ECANCELED"],
  "has a closer whose time is up": [closerTimesOut, "then ECANCELED", "ETIMEDOUT"],
};

for (const operation of operations) {
  describe(`in its grace, whoever was cut short in ${operation.name}`, () => {
    const it = itWith(operation);
    for (const [place, stand] of Object.entries(places)) {
      it(place, function* () {
        yield* compare((work) => stand(work), operation, false);
      });
    }

    it("in a member, ready with a result", function* () {
      yield* compare((work) => work(), operation, true);
    });
  });
}

function* compare(
  stand: (work: Work) => Coroutine<unknown>,
  operation: OperationCase,
  isReady: boolean,
): Coroutine {
  const outcomes: Record<string, Log> = {};
  const expected: Record<string, Log> = {};
  for (const [fate, [happens, ...says]] of Object.entries(fates)) {
    const waiting = yield* operation.set();
    if (isReady && waiting.release === undefined) {
      waiting.close();
      continue;
    }
    const log: Log = [];
    yield* happens((cleanUp) => startCase(stand, waiting, cleanUp, log, operation, isReady), log);
    waiting.close();
    outcomes[fate] = log;
    const cut = operation.isCutShort && !isReady ? ["ECANCELED"] : ["got it", "ECANCELED"];
    expected[fate] = [...cut, ...says];
  }
  expect(outcomes).to.deep.equal(expected);
}

/** Starts the coroutine in a bundle, and lets it come to its wait. */
function* startCase(
  stand: (work: Work) => Coroutine<unknown>,
  waiting: Waiting,
  cleanUp: CleanUp,
  log: Log,
  operation: OperationCase,
  isReady: boolean,
): Coroutine<ReturnType<typeof bundle>> {
  const b = bundle();
  bundleGo(
    b,
    stand(() => cleanUps[cleanUp](() => saying(log, "", () => waitThere(waiting, log)), log)),
  );
  if (isReady) yield* waiting.release?.() ?? [];
  while (isReady && !operation.isExact && log.length === 0) yield* msleep(now() + 1);
  return b;
}

function* waitThere(waiting: Waiting, log: Log): Coroutine {
  yield* waiting.op();
  log.push("got it");
  yield* msleep(-1);
}

/** Closes the bundle, and notes how. */
function* close(b: ReturnType<typeof bundle>, deadline: number, log: Log): Coroutine {
  try {
    yield* bundleClose(b, deadline);
    log.push("closed");
  } catch (error) {
    log.push(nameOf(error));
    throw error;
  }
}

function closing(cleanUp: CleanUp, deadline: () => number) {
  return function* (start: Start, log: Log): Coroutine {
    const b = yield* start(cleanUp, log);
    try {
      yield* close(b, deadline(), log);
    } catch {
      // It is in the log.
    }
  };
}

function* closerIsCanceled(start: Start, log: Log): Coroutine {
  const b = yield* start("waitsTooLong", log);
  const closers = bundle();
  bundleGo(closers, close(b, -1, log));
  yield* msleep(now() + 5); // a bundleClose among the operations has its own deadline before that
  hclose(closers);
  log.push("at once");
}

function* closerIsTold(start: Start, log: Log): Coroutine {
  const b = yield* start("waits", log);
  const closers = bundle();
  bundleGo(
    closers,
    (function* () {
      yield* close(b, -1, log);
      yield* saying(log, "", () => asCoroutine(msleep(-1)));
    })(),
  );
  yield* bundleClose(closers, -1);
}

function* closerTimesOut(start: Start, log: Log): Coroutine {
  const b = yield* start("waitsTooLong", log);
  try {
    yield* withDeadline(now() + 5, () => asCoroutine(bundleClose(b, -1)));
  } catch (error) {
    log.push(nameOf(error));
  }
}
