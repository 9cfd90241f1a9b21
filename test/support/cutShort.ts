// Coroutines that are cut short: where they stand, and what their clean-up does.
import {
  bundle,
  bundleClose,
  bundleGo,
  type Coroutine,
  go,
  isErrno,
  join,
  msleep,
  now,
  type Operation,
  scope,
  withDeadline,
} from "libdill-ts";

/** What a coroutine says of its own end, in order. */
export type Log = string[];

/** A coroutine that waits until it is cut short. */
export type Work = () => Coroutine<unknown>;

/** The code of an error of ours, or else its message. */
export function nameOf(error: unknown): string {
  if (isErrno(error)) return error.code;
  return error instanceof Error ? error.message : String(error);
}

/** Where the work stands, seen from the bundle that is closed. */
export const places: Readonly<Record<string, (work: Work) => Coroutine<unknown>>> = {
  *"in a member"(work) {
    yield* work();
  },
  *"in a scope"(work) {
    yield* scope(() => work());
  },
  *"in a scope's coroutine"(work) {
    yield* scope(function* (b) {
      bundleGo(b, work());
    });
  },
  *"in a scope's coroutine, beside the body"(work) {
    yield* scope(function* (b) {
      bundleGo(b, work());
      yield* msleep(-1);
    });
  },
  *"in withDeadline"(work) {
    yield* withDeadline(now() + 3600_000, () => work());
  },
  *"in blocks within blocks"(work) {
    yield* withDeadline(-1, function* () {
      yield* scope(function* (b) {
        bundleGo(b, asCoroutine(scope(() => work())));
      });
    });
  },
  *"in a bundle that is being closed"(work) {
    const inner = bundle();
    bundleGo(inner, work());
    yield* bundleClose(inner, -1);
  },
};

/** What the clean-up of the work does. */
export const cleanUps = {
  /** Waits, and gets what it waits for. */
  *waits(cut: Work, log: Log): Coroutine {
    try {
      yield* cut();
    } finally {
      yield* msleep(now() + 1);
      log.push("cleaned up");
    }
  },
  /** Waits for what never comes. */
  *waitsTooLong(cut: Work, log: Log): Coroutine {
    try {
      yield* cut();
    } finally {
      yield* saying(log, "then", () => asCoroutine(msleep(-1)));
    }
  },
  /** Starts a coroutine, and waits for it. */
  *starts(cut: Work, log: Log): Coroutine {
    try {
      yield* cut();
    } finally {
      yield* join(go(help()), -1);
      log.push("helped");
    }
  },
  /** Goes on as if nothing had happened. */
  *swallows(cut: Work, log: Log): Coroutine {
    try {
      yield* cut();
    } catch {
      yield* msleep(now() + 1);
      log.push("went on");
    }
  },
  /** Goes on for ever. */
  *swallowsForEver(cut: Work, log: Log): Coroutine {
    try {
      yield* cut();
    } catch {
      for (let round = 0; ; round++) {
        try {
          yield* msleep(-1);
        } catch (error) {
          if (round === 0) log.push(`then ${nameOf(error)}`);
        }
      }
    }
  },
  *throws(cut: Work): Coroutine {
    try {
      yield* cut();
    } finally {
      throwFailure();
    }
  },
} as const;

/** Runs the coroutine, and notes the error that it throws. */
export function* saying(log: Log, word: string, co: Work): Coroutine {
  try {
    yield* co();
  } catch (error) {
    log.push(`${word} ${nameOf(error)}`.trim());
    throw error;
  }
}

/** Runs the operation, as a coroutine of its own can. */
export function* asCoroutine(operation: Operation<unknown>): Coroutine<unknown> {
  return yield* operation;
}

function* help(): Coroutine {
  yield* msleep(now() + 1);
}

function throwFailure(): never {
  throw new Error("clean-up failed");
}
