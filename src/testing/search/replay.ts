// One schedule, to the letter or as far as it goes.
import type { ChoiceKind } from "../../host/virtual/index.js";
import type { Decide } from "../choiceMaker.js";
import { type Deviation, misfit, type Schedule } from "../schedule.js";

export interface Replay {
  readonly decide: Decide;
  /** What of the schedule does not fit the program, after the run. */
  misfit(): Error | undefined;
}

export function replay(schedule: Schedule): Replay {
  let at = 0;
  let wrong: Error | undefined;
  return {
    decide: (kind, ways, place) => {
      const wanted = schedule[at];
      if (wanted === undefined || wanted.place !== place) return 0;
      at += 1;
      if (fits(wanted, kind, ways)) return wanted.way;
      wrong ??= misfit(wanted, kind, ways);
      return 0;
    },
    misfit: () => {
      const left = schedule[at];
      return wrong ?? (left === undefined ? undefined : misfit(left, null, 0));
    },
  };
}

function fits(wanted: Deviation, kind: ChoiceKind, ways: number): boolean {
  return wanted.kind === kind && wanted.way < ways;
}
