import { expect } from "chai";
import fc from "fast-check";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  chrecv,
  type Coroutine,
  hclose,
  isErrno,
  msleep,
  now,
  run,
  withDeadline,
} from "libdill-ts";
import { it } from "../support/it.js";

/** A wait that nothing but its deadline ends. */
const wait = fc.record({
  kind: fc.constantFrom("sleep", "receive", "block", "wait"),
  delay: fc.integer({ min: 0, max: 6 }).map((step) => step / 2),
  /** How many bare yields come first. */
  turns: fc.integer({ min: 0, max: 2 }),
});

describe("deadlines", () => {
  it("fire in their order and never early", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wait, { maxLength: 30 }), async (waits) => {
        const fired = await run(runWaits(waits));
        expect(fired).to.have.length(waits.length);
        for (const { deadline, at } of fired) expect(at).to.be.at.least(deadline);
        const future = fired.filter((one) => one.wasAhead).map((one) => one.deadline);
        expect(future).to.deep.equal(future.toSorted((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });
});

interface Firing {
  readonly deadline: number;
  readonly at: number;
  /** The deadline was still to come when the wait began. */
  readonly wasAhead: boolean;
}

type Wait = typeof wait extends fc.Arbitrary<infer T> ? T : never;

function* runWaits(waits: readonly Wait[]): Coroutine<Firing[]> {
  const fired: Firing[] = [];
  const [left, right] = chmake<number>();
  const forEver = bundle();
  bundleGo(forEver, sleep(-1));
  const b = bundle();
  const start = now() + 2;
  for (const { kind, delay, turns } of waits) bundleGo(b, one(kind, start + delay, turns));
  yield* bundleWait(b, -1);
  for (const h of [left, right, forEver, b]) hclose(h);
  return fired;

  function* one(kind: Wait["kind"], deadline: number, turns: number): Coroutine {
    for (let i = 0; i < turns; i++) yield;
    const wasAhead = now() < deadline;
    try {
      if (kind === "sleep") yield* msleep(deadline);
      else if (kind === "receive") yield* chrecv(right, deadline);
      else if (kind === "wait") yield* bundleWait(forEver, deadline);
      else yield* withDeadline(deadline, () => sleep(-1));
    } catch (error) {
      if (!isErrno(error, "ETIMEDOUT")) throw error;
    }
    fired.push({ deadline, at: now(), wasAhead });
  }
}

function* sleep(deadline: number): Coroutine {
  yield* msleep(deadline);
}
