import { isErrno } from "../../errors/index.js";
import { hclose } from "../../handles/index.js";
import type { Operation, Steps } from "../../kernel/index.js";
import { bundle, bundleGo, bundleWait, now } from "../../runtime/index.js";
import { brecv, brecvSome, bsend, type Bytestream } from "../../sockets/index.js";
import type { ExploreOptions } from "../exploreOptions.js";
import { cuts } from "./bytestreamCuts.js";
import { ends } from "./bytestreamEnds.js";
import { sends } from "./bytestreamSends.js";
import { checkRules, demand, pairOf, type Rule } from "./rules.js";
import { closedMeanwhile, codeOf, cutShort, expectCode, many, pattern } from "./tools.js";

type Ends = readonly [Bytestream, Bytestream];

/**
 * Checks what every bytestream promises, of a type of your own: each rule in a simulation of its own, under many schedules.
 *
 * @param make - An operation that makes two connected ends. Each schedule of each rule calls it once.
 * @param options - As of {@link explore}: faults of the network beneath, for example. Each rule gets 200 schedules.
 * @returns A promise. Rejects with the sentence of the first rule that is broken, and the {@link ScheduleFailure} as its `cause`.
 * @example
 * ```ts
 * it("is a bytestream", () => checkBytestream(compressedPair));
 * ```
 * Source: trio's check_two_way_stream
 */
export function checkBytestream(
  make: () => Operation<readonly [Bytestream, Bytestream]>,
  options?: ExploreOptions,
): Promise<void> {
  return checkRules("checkBytestream", rules, make, options, pairOf<Bytestream>());
}

const rules: readonly Rule<Ends>[] = [
  {
    says: "all bytes arrive, in order, however they are cut",
    *test([a, z], sim) {
      const sent = pattern(sim.pick([1, 10, 1000]));
      const cut = sim.between(0, sent.length);
      yield* bsend(a, sent.subarray(0, cut), -1);
      yield* bsend(a, sent.subarray(cut), -1);
      const got = Buffer.alloc(sent.length);
      const half = sim.between(0, got.length);
      yield* brecv(z, got.subarray(0, half), -1);
      yield* brecv(z, got.subarray(half), -1);
      demand(got.equals(sent), "other bytes have arrived than were sent");
    },
  },
  {
    says: "the two directions know nothing of each other",
    *test([a, z]) {
      yield* bsend(a, pattern(5), -1);
      yield* bsend(z, pattern(7), -1);
      const there = Buffer.alloc(5);
      const back = Buffer.alloc(7);
      yield* brecv(z, there, -1);
      yield* brecv(a, back, -1);
      demand(there.equals(pattern(5)) && back.equals(pattern(7)), "bytes went astray");
    },
  },
  {
    says: "brecvSome returns what has come, and not more than was asked for",
    *test([a, z]) {
      yield* bsend(a, pattern(10), -1);
      const parts: Buffer[] = [];
      for (let left = 10; left > 0; ) {
        const part = yield* someOf(z);
        if (part === undefined) return; // not every type has it
        demand(
          part.length >= 1 && part.length <= 4,
          `it returned ${part.length} bytes of at most 4`,
        );
        parts.push(part);
        left -= part.length;
      }
      demand(Buffer.concat(parts).equals(pattern(10)), "other bytes have arrived than were sent");
    },
  },
  {
    says: "a receive under a past deadline is ETIMEDOUT at once if nothing has come",
    *test([, z], sim) {
      const start = sim.elapsed;
      yield* expectCode(brecv(z, 1, 0), "ETIMEDOUT");
      demand(sim.elapsed - start < 1, "it has waited");
    },
  },
  {
    says: "a receive ends with its deadline, ETIMEDOUT, and loses nothing",
    *test([a, z], sim) {
      const start = sim.elapsed;
      yield* expectCode(brecv(z, 3, now() + 50), "ETIMEDOUT");
      demand(
        sim.elapsed - start === 50,
        `it ended after ${sim.elapsed - start} ms and not after 50`,
      );
      yield* bsend(a, pattern(3), -1);
      const got = Buffer.alloc(3);
      yield* brecv(z, got, -1);
      demand(got.equals(pattern(3)), "bytes were lost");
    },
  },
  {
    says: "a send that finds no room ends with its deadline, ETIMEDOUT",
    *test([a], sim) {
      const start = sim.elapsed;
      for (;;) {
        const code = yield* codeOf(bsend(a, pattern(many), now() + 50));
        if (code === "none") continue;
        demand(code === "ETIMEDOUT", `it was ${code}`);
        break;
      }
      const end = sim.elapsed - start;
      demand(end >= 50 && end < 5000, `it ended after ${end} ms and not after some 50`);
    },
  },
  {
    says: "a send that finds no room goes on when the peer receives",
    *test([a, z]) {
      const sent = pattern(many);
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          yield* bsend(a, sent, -1);
        })(),
      );
      const got = Buffer.alloc(many);
      yield* brecv(z, got, -1);
      yield* bundleWait(b, -1);
      hclose(b);
      demand(got.equals(sent), "other bytes have arrived than were sent");
    },
  },
  {
    says: "a receive that is canceled is ECANCELED, and loses nothing",
    *test([a, z]) {
      const code = yield* cutShort(brecv(z, 3, -1));
      demand(code === "ECANCELED", `it was ${code}`);
      yield* bsend(a, pattern(3), -1);
      const got = Buffer.alloc(3);
      yield* brecv(z, got, -1);
      demand(got.equals(pattern(3)), "bytes were lost");
    },
  },
  {
    says: "closing wakes who receives with EBADF",
    *test([, z]) {
      const code = yield* closedMeanwhile(brecv(z, 1, -1), z);
      demand(code === "EBADF", `it was ${code}`);
    },
  },
  {
    says: "a second receive at the same time is EBUSY, and does not disturb the first",
    *test([a, z]) {
      const b = bundle();
      const got = Buffer.alloc(2);
      bundleGo(
        b,
        (function* () {
          yield* brecv(z, got, -1);
        })(),
      );
      yield* expectCode(brecv(z, 1, now() + 10), "EBUSY");
      yield* bsend(a, pattern(2), -1);
      yield* bundleWait(b, -1);
      hclose(b);
      demand(got.equals(pattern(2)), "the first got something else");
    },
  },
  {
    says: "a deadline that is none is EINVAL, and harms nothing",
    *test([a, z]) {
      yield* expectCode(brecv(z, 1, Number.NaN), "EINVAL");
      yield* expectCode(bsend(a, pattern(1), -2), "EINVAL");
      yield* bsend(a, pattern(1), -1);
      yield* expectCode(brecv(z, 1, -1), "none");
    },
  },
  {
    says: "nothing to send and nothing to receive need no wait",
    *test([a, z]) {
      yield* expectCode(bsend(a, Buffer.alloc(0), 0), "none");
      yield* expectCode(brecv(z, Buffer.alloc(0), 0), "none");
    },
  },
  ...sends,
  ...cuts,
  ...ends,
];

function* someOf(s: Bytestream): Steps<Buffer | undefined> {
  try {
    return yield* brecvSome(s, 4, -1);
  } catch (error) {
    if (isErrno(error, "ENOTSUP")) return undefined;
    throw error;
  }
}
