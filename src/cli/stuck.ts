// What can be told of a program that does not go on: what is certain, apart from what is likely.
import { waitText } from "../kernel/index.js";
import { type CoroutineSnapshot, labelOf, type WaitSnapshot } from "../snapshot/index.js";
import { placeText } from "../errors/index.js";
import { counted, type Picture } from "./picture.js";

export interface Finding {
  readonly sure: "certain" | "likely";
  readonly what: "cycle" | "orphan" | "wait" | "listener" | "growth";
  readonly text: string;
  /** Whom it is about, by their ids. */
  readonly coroutines: readonly number[];
}

/** After how many milliseconds a wait for a message, with no deadline, is told. */
const longWait = 30_000;

export function findStuck(picture: Picture): Finding[] {
  const { coroutines } = picture;
  return [
    ...cycles(coroutines),
    ...orphans(coroutines),
    ...longWaits(coroutines),
    ...crowded(picture),
  ];
}

/** Coroutines of which each waits for the end of the next one, and the last for that of the first. */
function cycles(coroutines: readonly CoroutineSnapshot[]): Finding[] {
  const edges = edgesOf(coroutines);
  const byId = new Map(coroutines.map((it) => [it.id, it]));
  const seen = new Set<number>();
  const findings: Finding[] = [];
  for (const { id } of coroutines) {
    const path = cycleFrom(id, edges, seen);
    if (path === undefined) continue;
    const members = path.flatMap((each) => byId.get(each) ?? []);
    const [first] = members;
    if (first === undefined) continue;
    const text = [...members.map((it) => `${nameOf(it)} (${callOf(it)})`), nameOf(first)].join(
      " waits for ",
    );
    findings.push({ sure: "certain", what: "cycle", text, coroutines: path });
  }
  return findings;
}

/** For whose end each one waits, all of them, and without a deadline. */
function edgesOf(coroutines: readonly CoroutineSnapshot[]): ReadonlyMap<number, readonly number[]> {
  const members = new Map<number, number[]>();
  const children = new Map<number, number[]>();
  for (const { id, bundle, parent } of coroutines) {
    if (bundle !== null) add(members, bundle, id);
    if (parent !== null) add(children, parent, id);
  }
  return new Map(
    coroutines.map(({ id, waits, deadline }) => {
      if (waits === undefined || deadline !== undefined) return [id, []];
      if (waits.coroutines !== undefined) return [id, waits.coroutines];
      if (waits.what === "bundleWait") return [id, members.get(waits.handle ?? -1) ?? []];
      return [
        id,
        waits.what === "scope" || waits.what === "withDeadline" ? (children.get(id) ?? []) : [],
      ];
    }),
  );
}

function add(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** A cycle that can be reached from there through nobody seen before. */
function cycleFrom(
  start: number,
  edges: ReadonlyMap<number, readonly number[]>,
  seen: Set<number>,
): number[] | undefined {
  const path: number[] = [];
  const places = new Map<number, number>();
  const pending: (number | "back")[] = [start];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next === "back") {
      const left = path.pop();
      if (left !== undefined) places.delete(left);
      continue;
    }
    const place = places.get(next);
    if (place !== undefined) return path.slice(place);
    if (seen.has(next)) continue;
    seen.add(next);
    places.set(next, path.length);
    path.push(next);
    pending.push("back", ...(edges.get(next) ?? []));
  }
  return undefined;
}

function orphans(coroutines: readonly CoroutineSnapshot[]): Finding[] {
  return coroutines
    .filter(
      ({ waits, deadline }) => deadline === undefined && waits !== undefined && isOrphan(waits),
    )
    .map((it) => ({
      sure: "certain",
      what: "orphan",
      text: `${nameOf(it)} waits in ${callOf(it)}, and the channel's other end is closed`,
      coroutines: [it.id],
    }));
}

/** A choose is one, if each of its clauses is. */
function isOrphan({ isOrphan: isAlone, clauses = [] }: WaitSnapshot): boolean {
  return isAlone === true || (clauses.length > 0 && clauses.every(isOrphan));
}

/** Those who wait for a message for long, by their place. */
function longWaits(coroutines: readonly CoroutineSnapshot[]): Finding[] {
  const groups = new Map<string, CoroutineSnapshot[]>();
  for (const it of coroutines) {
    const { waits, since = 0, deadline } = it;
    const isMessage = waits?.what === "chrecv" || waits?.what === "chsend";
    if (!isMessage || waits.isOrphan === true || since < longWait || deadline !== undefined)
      continue;
    const [inner] = it.at ?? [];
    const key = `${it.name} ${waits.what} ${inner === undefined ? "" : placeText(inner)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [it]);
    else group.push(it);
  }
  return [...groups].map(([key, members]) => {
    const longest = members.reduce((most, { since = 0 }) => Math.max(most, since), 0);
    const who =
      members.length === 1
        ? nameOf(members[0] as CoroutineSnapshot)
        : counted(members.length, "coroutine");
    return {
      sure: "likely",
      what: "wait",
      text: `${who} wait${members.length === 1 ? "s" : ""} for ${Math.round(longest / 1000)} s without a deadline: ${key}`,
      coroutines: members.map(({ id }) => id),
    };
  });
}

/** Listeners whose connections wait while nobody accepts. */
function crowded({ coroutines, handles }: Picture): Finding[] {
  const accepting = new Set(coroutines.map(({ waits }) => waits?.handle));
  return handles
    .filter(({ handle, queued = 0 }) => queued > 0 && !accepting.has(handle))
    .map(({ handle, kind, address = `handle ${handle}`, queued = 0 }) => ({
      sure: "likely",
      what: "listener",
      text: `${counted(queued, "connection")} wait${queued === 1 ? "s" : ""} at the ${kind} ${address}, and nobody accepts`,
      coroutines: [],
    }));
}

function nameOf(it: CoroutineSnapshot): string {
  return `#${it.id} ${labelOf(it)}`;
}

/** What it waits in, and on which line. */
function callOf({ waits, at }: CoroutineSnapshot): string {
  const call = waits === undefined ? "nothing" : waitText(waits);
  const [inner] = at ?? [];
  return inner === undefined ? call : `${call}, ${placeText(inner)}`;
}
