import { expect } from "chai";
import { shrink } from "#src/testing/shrink.js";
import { it } from "../support/it.js";

type Schedule = Parameters<typeof shrink>[0];
type Deviation = Schedule[number];

const turn = (place: number): Deviation => ({ place, kind: "turn", way: 1 });
const pick = (place: number, way: number): Deviation => ({ place, kind: "pick", way });

/** Shrinks with a program that fails as `fails` says. */
function shrunk(schedule: Schedule, fails: (schedule: Schedule) => boolean): Promise<Schedule> {
  return shrink(schedule, 5000, async (tried) => {
    const known = tried.map(({ place, way }) => (way === 1 ? turn(place) : pick(place, way)));
    return fails(known) ? known : undefined;
  });
}

describe("shrink", () => {
  it("leaves out what is not needed", async () => {
    const schedule = [1, 3, 5, 7, 9, 11].map(turn);
    const needed = [3, 9];
    const found = await shrunk(schedule, (tried) =>
      needed.every((place) => tried.some((deviation) => deviation.place === place)),
    );
    expect(found).to.deep.equal([turn(3), turn(9)]);
  });

  it("finds a deviation again that is elsewhere when one before it has gone", async () => {
    // A turn that ends at choice 6 makes one choice more, so that what happened at choice 9 happens at choice 8 without it.
    const found = await shrunk([turn(6), turn(9)], (tried) => {
      const isLater = tried.some(({ place }) => place === 6);
      return tried.some(({ place }) => place === (isLater ? 9 : 8));
    });
    expect(found).to.deep.equal([turn(8)]);
  });

  it("leaves out what is not needed any more with a smaller way", async () => {
    const found = await shrunk([pick(1, 40), turn(6)], (tried) => {
      const way = tried.find(({ place }) => place === 1)?.way ?? 0;
      const hasTurn = tried.some(({ place }) => place === 6);
      return way >= 10 && (way <= 20 || hasTurn);
    });
    expect(found).to.deep.equal([pick(1, 16)]);
  });

  it("returns the schedule itself if all of it is needed", async () => {
    const schedule = [turn(1), turn(2), turn(3)];
    expect(await shrunk(schedule, (tried) => tried.length === 3)).to.deep.equal(schedule);
  });
});
