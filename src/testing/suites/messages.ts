import { hclose } from "../../handles/index.js";
import type { Operation } from "../../kernel/index.js";
import { bundle, bundleGo, bundleWait, now } from "../../runtime/index.js";
import { type MessageSocket, mrecv, msend } from "../../sockets/index.js";
import type { ExploreOptions } from "../exploreOptions.js";
import { cuts } from "./messageCuts.js";
import { sizes } from "./messageSizes.js";
import { checkRules, demand, pairOf, type Rule } from "./rules.js";
import { closedMeanwhile, cutShort, expectCode, pattern } from "./tools.js";

type Ends = readonly [MessageSocket, MessageSocket];

/**
 * Checks what every message socket promises, of a type of your own: each rule in a simulation of its own, under many schedules.
 *
 * @param make - An operation that makes two connected ends. Each schedule of each rule calls it once.
 * @param options - As of {@link explore}. Each rule gets 200 schedules.
 * @returns A promise. Rejects with the sentence of the first rule that is broken, and the {@link ScheduleFailure} as its `cause`.
 * @example
 * ```ts
 * it("is a message socket", () => checkMessages(jsonPair));
 * ```
 * Source: trio's check_two_way_stream
 */
export function checkMessages(
  make: () => Operation<readonly [MessageSocket, MessageSocket]>,
  options?: ExploreOptions,
): Promise<void> {
  return checkRules("checkMessages", rules, make, options, pairOf<MessageSocket>());
}

const rules: readonly Rule<Ends>[] = [
  {
    says: "messages arrive whole, each for itself, in order",
    *test([a, z], sim) {
      const lengths = [sim.pick([1, 3, 500]), 2, sim.pick([1, 70])];
      for (const length of lengths) yield* msend(a, pattern(length), -1);
      for (const length of lengths) {
        const got = yield* mrecv(z, -1);
        demand(got.equals(pattern(length)), `a message of ${length} bytes came as ${got.length}`);
      }
    },
  },
  {
    says: "the two directions know nothing of each other",
    *test([a, z]) {
      yield* msend(a, pattern(5), -1);
      yield* msend(z, pattern(7), -1);
      const there = yield* mrecv(z, -1);
      const back = yield* mrecv(a, -1);
      demand(there.length === 5 && back.length === 7, "messages went astray");
    },
  },
  {
    says: "a receive under a past deadline is ETIMEDOUT at once if nothing has come",
    *test([, z], sim) {
      const start = sim.elapsed;
      yield* expectCode(mrecv(z, 0), "ETIMEDOUT");
      demand(sim.elapsed - start < 1, "it has waited");
    },
  },
  {
    says: "a receive ends with its deadline, ETIMEDOUT, and loses nothing",
    *test([a, z], sim) {
      const start = sim.elapsed;
      yield* expectCode(mrecv(z, now() + 50), "ETIMEDOUT");
      demand(
        sim.elapsed - start === 50,
        `it ended after ${sim.elapsed - start} ms and not after 50`,
      );
      yield* msend(a, pattern(3), -1);
      demand((yield* mrecv(z, -1)).equals(pattern(3)), "a message was lost");
    },
  },
  {
    says: "a receive that is canceled is ECANCELED, and loses nothing",
    *test([a, z]) {
      const code = yield* cutShort(mrecv(z, -1));
      demand(code === "ECANCELED", `it was ${code}`);
      yield* msend(a, pattern(3), -1);
      demand((yield* mrecv(z, -1)).equals(pattern(3)), "a message was lost");
    },
  },
  {
    says: "closing wakes who receives with EBADF",
    *test([, z]) {
      const code = yield* closedMeanwhile(mrecv(z, -1), z);
      demand(code === "EBADF", `it was ${code}`);
    },
  },
  {
    says: "a second receive at the same time is EBUSY, and does not disturb the first",
    *test([a, z]) {
      const b = bundle();
      let got = 0;
      bundleGo(
        b,
        (function* () {
          got = (yield* mrecv(z, -1)).length;
        })(),
      );
      yield* expectCode(mrecv(z, now() + 10), "EBUSY");
      yield* msend(a, pattern(2), -1);
      yield* bundleWait(b, -1);
      hclose(b);
      demand(got === 2, "the first got something else");
    },
  },
  {
    says: "a deadline that is none is EINVAL, and harms nothing",
    *test([a, z]) {
      yield* expectCode(mrecv(z, Number.NaN), "EINVAL");
      yield* expectCode(msend(a, pattern(1), -2), "EINVAL");
      yield* msend(a, pattern(1), -1);
      yield* expectCode(mrecv(z, -1), "none");
    },
  },
  ...cuts,
  ...sizes,
];
