import { expect } from "chai";
import { explore, type ExploreOptions, ScheduleFailure, simulate } from "libdill-ts/testing";
import { type Bug, bugs } from "../../examples/planted-bugs/bugs.js";
import { it } from "../support/it.js";
import { startProcess, stopProcesses } from "../support/process.js";

/** How many seeds are tried, and how many schedules with each. */
const seeds = 100;
const schedules = 100;
/** No search is cut short by the clock. */
const seconds = 60;

describe("the planted bugs", function () {
  this.timeout(60_000);

  for (const bug of bugs) {
    describe(bug.name, () => {
      const found: ScheduleFailure[] = [];
      before(async () => {
        for (let seed = 1; seed <= seeds; seed++) {
          const failure = await failing(bug, { seed });
          if (failure !== undefined) found.push(failure);
        }
      });

      it("is not seen by a usual test", async () => {
        await simulate(bug.tested);
      });

      it(`is found within ${schedules} schedules with 99 of ${seeds} seeds`, () => {
        expect(found.length).to.be.at.least(99);
      });

      it("is shrunk to one deviation or two", () => {
        for (const { schedule } of found) {
          expect(schedule.split(" ").length - 1, schedule).to.be.within(1, 2);
        }
      });

      it("fails in the same way when it is replayed", async () => {
        for (const { schedule, trace, cause } of found.slice(0, 20)) {
          const again = await failureOf(bug, { replay: schedule });
          expect(again.trace).to.equal(trace);
          expect(headOf(again.cause)).to.equal(headOf(cause));
        }
      });

      it("is found by every search", async () => {
        for (const search of ["random", "pct", "all"] as const) {
          await failureOf(bug, { search, schedules: 5000 });
        }
      });

      it("is not there any more when the program is mended", async () => {
        const { options, mended } = bug;
        for (const search of ["random", "pct"] as const) {
          const tried = await explore(mended, { ...options, search, schedules: 2000, seconds });
          expect(tried.schedules).to.equal(2000);
        }
        const all = await explore(mended, {
          ...options,
          search: "all",
          deviations: 1,
          schedules: 100_000,
          seconds,
        });
        expect(all.isComplete).to.equal(true);
      });
    });
  }
});

describe("the program of the planted bugs", () => {
  afterEach(stopProcesses);

  it("prints what README.md says", async () => {
    const { output, status } = await startProcess(process.execPath, [
      "scripts/plantedBugs.mjs",
    ]).ended();
    expect(output).to.equal("examples/planted-bugs/README.md shows what the program prints\n");
    expect(status).to.equal(0);
  });
});

/** Further lines name handles, which are numbered through all runs. */
function headOf(error: unknown): string | undefined {
  return String(error).split("\n")[0];
}

async function failureOf(bug: Bug, options: ExploreOptions): Promise<ScheduleFailure> {
  const failure = await failing(bug, options);
  if (failure === undefined) throw new Error("nothing was found");
  return failure;
}

async function failing(
  { broken, options }: Bug,
  more: ExploreOptions,
): Promise<ScheduleFailure | undefined> {
  try {
    await explore(broken, { ...options, schedules, seconds, ...more });
    return undefined;
  } catch (e) {
    if (e instanceof ScheduleFailure) return e;
    throw e;
  }
}
