import { isErrno, textOf } from "../../errors/index.js";
import { type Handle, hclose, hown, hquery, isOpen } from "../../handles/index.js";
import type { Operation } from "../../kernel/index.js";
import { bundle, bundleGo, msleep, now } from "../../runtime/index.js";
import type { ExploreOptions } from "../exploreOptions.js";
import { checkRules, demand, type Made, type Rule } from "./rules.js";

/**
 * Checks what every handle promises, of a type of your own that {@link hmake} makes: each rule in a simulation of its own.
 *
 * @param make - An operation that makes a handle. Each schedule of each rule calls it once.
 * @param options - As of {@link explore}. Each rule gets 200 schedules.
 * @returns A promise. Rejects with the sentence of the first rule that is broken, and the {@link ScheduleFailure} as its `cause`.
 * @example
 * ```ts
 * it("is a handle", () => checkHandleType(openJournal));
 * ```
 * Source: libdill's hmake, https://libdill.org/hmake.html
 */
export function checkHandleType(
  make: () => Operation<Handle>,
  options?: ExploreOptions,
): Promise<void> {
  return checkRules("checkHandleType", rules, make, options, alone);
}

const alone: Made<Handle, readonly [Handle]> = {
  what: "an open handle",
  listed: (h) => [h],
};

const rules: readonly Rule<readonly [Handle]>[] = [
  {
    says: "closing it leaves nothing behind",
    *test([h]) {
      hclose(h);
      demand(!isOpen(h), "it is still open");
      yield* msleep(now() + 1);
    },
  },
  {
    says: "a number that was closed is EBADF",
    *test([h]) {
      hclose(h);
      demand(codeOf(() => hclose(h)) === "EBADF", "it could be closed twice");
      yield* msleep(now());
    },
  },
  {
    says: "asked for an interface that nobody has, it says that it has none: ENOTSUP",
    *test([h]) {
      for (let times = 0; times < 2; times++) {
        const code = codeOf(() => hquery(h, Symbol("an interface of nobody's")));
        demand(code === "ENOTSUP", `hquery was ${code}`);
      }
      demand(isOpen(h), "it is closed now");
      yield* msleep(now());
    },
  },
  {
    says: "it can be owned under a new number, and the old one is EBADF",
    *test([h]) {
      const owned = hown(h);
      demand(codeOf(() => hclose(h)) === "EBADF", "the old number could be closed");
      hclose(owned);
      yield* msleep(now());
    },
  },
  {
    says: "closing it needs no wait: it works in the finally block of a canceled coroutine",
    *test([h]) {
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          try {
            yield* msleep(-1);
          } finally {
            hclose(h);
          }
        })(),
      );
      yield* msleep(now() + 1);
      hclose(b);
      demand(!isOpen(h), "it is still open");
    },
  },
];

function codeOf(call: () => void): string {
  try {
    call();
    return "none";
  } catch (error) {
    return isErrno(error) ? error.code : textOf(error);
  }
}
