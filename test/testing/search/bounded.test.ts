import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { bounded } from "#src/testing/search/bounded.js";
import { explore } from "libdill-ts/testing";
import { it } from "../../support/it.js";

/** Runs a program whose choices have so many ways, until all has been tried, or so often. */
function tried(search: ReturnType<typeof bounded>, ways: readonly number[], most = Infinity) {
  const schedules: string[] = [];
  for (let decide = search.next(); decide !== undefined; decide = search.next()) {
    const chosen = ways.map((count, place) => `${place}p${decide("pick", count, place, 0.5)}`);
    schedules.push(chosen.filter((choice) => !choice.endsWith("p0")).join(" "));
    search.done({ ways: [...ways], count: ways.length });
    if (schedules.length >= most) break;
  }
  return schedules;
}

describe('search "all"', () => {
  it("tries each schedule once, those with fewer deviations first", () => {
    expect(tried(bounded(2), [2, 3, 2])).to.deep.equal([
      "",
      "0p1",
      "1p1",
      "2p1",
      "1p2",
      "0p1 1p1",
      "0p1 2p1",
      "0p1 1p2",
      "1p1 2p1",
      "1p2 2p1",
    ]);
  });

  it("tries the same when it must not remember how many ways the choices had", () => {
    const ways = [2, 3, 1, 4, 2];
    const all = tried(bounded(3), ways);
    const forgetful = tried(bounded(3, 0), ways);
    expect(new Set(all).size).to.equal(all.length);
    expect([...new Set(forgetful)]).to.have.members(all);
  });

  it("keeps no list of choices for each schedule of a long program", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const ways = Array.from({ length: 1000 }, () => 2);
    const search = bounded(3);
    collect();
    const before = process.memoryUsage().heapUsed;
    tried(search, ways, 20_000);
    collect();
    const grown = process.memoryUsage().heapUsed - before;
    search.next();
    expect(grown).to.be.below(40_000_000); // a list of each would be 160 MB
  });

  it("comes to the choices behind one with thousands of ways", async () => {
    let wasTrue = false;
    await explore(
      // oxlint-disable-next-line require-yield
      function* (sim) {
        sim.between(0, 5000);
        if (sim.chance(0.5)) wasTrue = true;
      },
      { search: "all", schedules: 10 },
    );
    expect(wasTrue).to.equal(true);
  });
});
