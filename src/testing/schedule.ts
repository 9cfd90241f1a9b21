// A schedule: what went otherwise than in production, as data and as text. "8t 35p1" says that at choice 8 the turn ended, and
// that at choice 35 the program's pick was its second. Choices that are not named went as usual, so that a schedule is short and
// mostly survives a change of the program.
import { dillError, textOf } from "../errors/index.js";
import type { ChoiceKind } from "../host/virtual/index.js";

export interface Deviation {
  /** Which choice: 0 is the first one of the run. */
  readonly place: number;
  readonly kind: ChoiceKind;
  /** Not 0, which is the usual way. */
  readonly way: number;
}

export type Schedule = readonly Deviation[];

const letters: Readonly<Record<ChoiceKind, string>> = {
  turn: "t",
  event: "e",
  next: "n",
  pick: "p",
};
const kinds = new Map<string, ChoiceKind>(
  (Object.keys(letters) as ChoiceKind[]).map((kind) => [letters[kind], kind]),
);

/** What a reader of the print-out is told. */
export const meaningOf: Readonly<Record<ChoiceKind, string>> = {
  turn: "the turn ends here",
  event: "this event comes first",
  next: "this coroutine goes on before its turn",
  pick: "not the first one",
};

/** A schedule, and what it was found with. */
export interface Found {
  /** Of what is random and no choice. */
  readonly seed: number;
  readonly order: "fifo" | "any";
  readonly schedule: Schedule;
}

/** The form of the text. */
const version = "1";

export function textOfSchedule({ seed, order, schedule }: Found): string {
  const parts = schedule.map(({ place, kind, way }) => {
    return `${place}${letters[kind]}${kind === "turn" ? "" : way}`;
  });
  return [`${version}:${seed}${order === "any" ? ":any" : ""}`, ...parts].join(" ");
}

/** A text that {@link textOfSchedule} has written. */
export function readSchedule(text: unknown): Found {
  const [head = "", ...parts] = typeof text === "string" ? text.trim().split(/\s+/) : [];
  const [, seed, order] = /^1:(0|[1-9]\d*)(:any)?$/.exec(head) ?? [];
  const schedule = parts.map(readDeviation);
  const isOrdered = schedule.every((it, i) => {
    const before = schedule[i - 1];
    return it !== undefined && (i === 0 || (before !== undefined && before.place < it.place));
  });
  if (seed === undefined || !Number.isSafeInteger(Number(seed)) || !isOrdered) {
    const message = `replay is a schedule as explore() prints it, "1:1 8t 35p1" for example, not ${textOf(text)}`;
    throw dillError("EINVAL", "explore", message);
  }
  return {
    seed: Number(seed),
    order: order === undefined ? "fifo" : "any",
    schedule: schedule.filter((it) => it !== undefined),
  };
}

function readDeviation(part: string): Deviation | undefined {
  const [, place, letter = "", way] = /^(0|[1-9]\d*)([a-z])([1-9]\d*)?$/.exec(part) ?? [];
  const kind = kinds.get(letter);
  if (kind === undefined || (way === undefined) !== (kind === "turn")) return undefined;
  const deviation = { place: Number(place), kind, way: kind === "turn" ? 1 : Number(way) };
  const isExact = Number.isSafeInteger(deviation.place) && Number.isSafeInteger(deviation.way);
  return isExact ? deviation : undefined;
}

/** The schedule does not fit the program: it may have changed since. */
export function misfit(
  { place, kind, way }: Deviation,
  found: ChoiceKind | null,
  ways: number,
): Error {
  const what =
    found === null
      ? `the run ended before choice ${place}`
      : found === kind
        ? `choice ${place} has ${ways} ways, and the schedule wants number ${way + 1}`
        : `choice ${place} is now about "${found}", and in the schedule about "${kind}"`;
  const message = `the schedule does not fit the program, which may have changed since: ${what}`;
  return dillError("EINVAL", "explore", message);
}
