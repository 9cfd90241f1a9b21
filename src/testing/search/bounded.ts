// All schedules with up to so many deviations, those with fewer first.
import type { ChoiceMaker, Decide } from "../choiceMaker.js";
import type { Search } from "./search.js";

/** A way at a place. */
type Step = readonly [place: number, way: number];

/** A schedule that was run, and how many ways each of its choices had. */
interface Parent {
  readonly steps: readonly Step[];
  readonly ways: readonly number[];
}

export function bounded(most: number): Search {
  /** Schedules of which one more deviation makes new ones. */
  const parents: Parent[] = [];
  let parent: Parent | undefined;
  let place = 0;
  let way = 0;
  let current: readonly Step[] = [];
  let hasBegun = false;

  return {
    next() {
      if (!hasBegun) {
        hasBegun = true;
        return decideBy([]);
      }
      const steps = advance();
      if (steps === undefined) return undefined;
      current = steps;
      return decideBy(steps);
    },
    done(choices: ChoiceMaker) {
      if (current.length < most) parents.push({ steps: current, ways: choices.ways });
    },
  };

  /** The next child: the next way at a place, the next place, the next parent. */
  function advance(): readonly Step[] | undefined {
    for (;;) {
      if (parent === undefined) {
        parent = parents.shift();
        if (parent === undefined) return undefined;
        place = (parent.steps.at(-1)?.[0] ?? -1) + 1;
        way = 0;
      }
      way += 1;
      while (place < parent.ways.length && way >= (parent.ways[place] ?? 0)) {
        place += 1;
        way = 1;
      }
      if (place < parent.ways.length) return [...parent.steps, [place, way]];
      parent = undefined;
    }
  }
}

/** Children have the choices of their parents up to their own deviation; behind it everything goes as usual. */
function decideBy(steps: readonly Step[]): Decide {
  let at = 0;
  return (_kind, _ways, place) => {
    const step = steps[at];
    if (step === undefined || step[0] !== place) return 0;
    at += 1;
    return step[1];
  };
}
