// All schedules with up to so many deviations, those with fewer first.
import { Ring } from "../../collections/index.js";
import type { Decide } from "../choiceMaker.js";
import type { Course, Search } from "./search.js";

/** A way at a place. */
type Step = readonly [place: number, way: number];

/** A schedule that was run. */
interface Parent {
  readonly steps: readonly Step[];
  /** How many ways each of its choices had; undefined: more of that is known than may be kept, and it is run once more. */
  readonly ways: readonly number[] | undefined;
}

/** Of so many choices the search remembers how many ways they had. */
const usualRoom = 1_000_000;

export function bounded(most: number, room: number = usualRoom): Search {
  /** Schedules of which one more deviation makes new ones. */
  const parents = new Ring<Parent>();
  let kept = 0;
  let children: Generator<readonly Step[]> | undefined;
  let current: readonly Step[] = [];
  /** A schedule that is run only for how many ways its choices have. */
  let isAgain = false;
  let hasBegun = false;

  return {
    next() {
      if (hasBegun) {
        const steps = advance();
        if (steps === undefined) return undefined;
        current = steps;
      }
      hasBegun = true;
      return decideBy(current);
    },
    done({ ways }: Course) {
      if (isAgain) {
        isAgain = false;
        children = childrenOf(current, ways);
      } else if (current.length < most) {
        const isKept = kept + ways.length <= room;
        if (isKept) kept += ways.length;
        parents.push({ steps: current, ways: isKept ? ways : undefined });
      }
    },
  };

  /** The next child of a parent, or a parent that is run again. */
  function advance(): readonly Step[] | undefined {
    for (;;) {
      const child = children?.next();
      if (child?.done === false) return child.value;
      const parent = parents.shift();
      if (parent === undefined) return undefined;
      const { steps, ways } = parent;
      if (ways === undefined) {
        children = undefined;
        isAgain = true;
        return steps;
      }
      kept -= ways.length;
      children = childrenOf(steps, ways);
    }
  }
}

/** One deviation more, behind the others. Each place's next way comes before any place's way after that: some have thousands. */
function* childrenOf(
  steps: readonly Step[],
  ways: readonly number[],
): Generator<readonly Step[], undefined> {
  const first = (steps.at(-1)?.[0] ?? -1) + 1;
  let places = Array.from({ length: Math.max(0, ways.length - first) }, (_, i) => first + i);
  for (let way = 1; places.length > 0; way++) {
    places = places.filter((place) => way < (ways[place] ?? 0));
    for (const place of places) yield [...steps, [place, way]];
  }
  return undefined;
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
