// What only grows between two looks at a process: new ones come, and none of those that were there has gone.
import { labelOf } from "../snapshot/index.js";
import type { Picture } from "./picture.js";
import type { Finding } from "./stuck.js";

/** Fewer new ones may be chance. */
const least = 10;

interface Kind {
  /** How many there were, and how many of these have gone. */
  before: number;
  gone: number;
  now: number;
}

export function findGrowth(before: Picture, after: Picture): Finding[] {
  return [
    ...growing(
      before.handles.map(({ handle, kind }) => [handle, kind === "" ? "handle" : kind]),
      after.handles.map(({ handle, kind }) => [handle, kind === "" ? "handle" : kind]),
    ),
    ...growing(
      before.coroutines.map((it) => [it.id, `coroutine ${labelOf(it)}`]),
      after.coroutines.map((it) => [it.id, `coroutine ${labelOf(it)}`]),
    ),
  ];
}

/** Each one's number, and of which kind it is. */
type Numbered = readonly (readonly [number: number, kind: string])[];

function growing(before: Numbered, after: Numbered): Finding[] {
  const still = new Set(after.map(([number]) => number));
  const kinds = new Map<string, Kind>();
  for (const [number, kind] of before) {
    const counts = countsOf(kinds, kind);
    counts.before += 1;
    if (!still.has(number)) counts.gone += 1;
  }
  for (const [, kind] of after) countsOf(kinds, kind).now += 1;
  return [...kinds]
    .filter(([, { before: old, gone, now }]) => gone === 0 && now - old >= least)
    .map(([kind, { before: old, now }]) => ({
      sure: "likely",
      what: "growth",
      text: `${now - old} more of the kind "${kind}", ${old} before that, and none of them has gone`,
      coroutines: [],
    }));
}

function countsOf(kinds: Map<string, Kind>, kind: string): Kind {
  const found = kinds.get(kind) ?? { before: 0, gone: 0, now: 0 };
  kinds.set(kind, found);
  return found;
}
