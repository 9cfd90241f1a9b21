// After each test nothing may be left open that was not open before it, and no warning may have come that the
// test has not asked for. Neither stops the run (a failing root afterEach would): they are noted, and all of
// them fail the run at its end.
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import type { RootHookObject } from "mocha";
import { listHandles } from "#src/handles/index.js";
import { openDescriptors } from "./descriptors.js";
import { takeUnexpected, watchWarnings } from "./warnings.js";

/** How often each open thing occurs. */
type Census = ReadonlyMap<string, number>;

// Here and not as a flag of node, for which mocha would start a second process.
process.setSourceMapsEnabled(true);

// Mocha hands a rejection that nobody handles to the listeners of the process, and without one it
// is lost. Thrown from here, it fails the running test.
process.on("unhandledRejection", (reason) => {
  throw reason;
});

watchWarnings();

const faults: string[] = [];
let before: Census = new Map();

export const mochaHooks: RootHookObject = {
  async beforeEach() {
    await turn();
    before = takeCensus();
  },
  async afterEach(this: Mocha.Context) {
    const title = this.currentTest?.fullTitle();
    const left = await whatStays();
    if (left.length > 0) faults.push(`${title} left open: ${left.join(", ")}`);
    for (const warning of takeUnexpected()) faults.push(`${title} was warned: ${warning}`);
  },
  afterAll() {
    for (const warning of takeUnexpected()) faults.push(`between tests: ${warning}`);
    if (faults.length > 0) throw new Error(`beside the tests:\n  ${faults.join("\n  ")}`);
  },
};

/** What is open now and was not before the test, once all that is merely closing has closed. */
async function whatStays(): Promise<string[]> {
  let left: string[] = [];
  for (let round = 0; round < 40; round++) {
    // Most things need a turn or two. A timer's own turn must end before it is out of the census.
    if (round >= 20) await pause(5);
    await turn();
    left = surplus(takeCensus(), before);
    if (left.length === 0) break;
  }
  return left;
}

function takeCensus(): Census {
  const census = new Map<string, number>();
  for (const thing of [...openDescriptors(), ...activeResources(), ...handles()]) {
    census.set(thing, (census.get(thing) ?? 0) + 1);
  }
  return census;
}

function surplus(now: Census, then: Census): string[] {
  return [...now].flatMap(([thing, count]) => {
    const extra = count - (then.get(thing) ?? 0);
    return extra > 0 ? [`${extra} x ${thing}`] : [];
  });
}

/** Timers, servers, sockets and requests that keep the process alive. */
function activeResources(): string[] {
  return process.getActiveResourcesInfo().filter((resource) => resource !== "Immediate");
}

function handles(): string[] {
  return listHandles().map((h) => `handle ${h}`);
}
