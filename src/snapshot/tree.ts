// Coroutines as a tree for a person: who has started whom, what each waits in, since when, and on which line. Those that are alike
// are told once.
import { placeText, printable } from "../errors/index.js";
import { waitText } from "../kernel/index.js";
import type { CoroutineSnapshot } from "./coroutines.js";

/** How coroutines are written. */
export interface TreeStyle {
  /** The number of the coroutine that is called 0. */
  readonly first: number;
  /** Whether to tell how long each has waited, and how long it will. */
  readonly times: boolean;
  /** At most so many lines. */
  readonly most: number;
}

interface Branch {
  readonly it: CoroutineSnapshot;
  readonly children: Branch[];
}

/** The lines of the tree. Each parent comes before its children. */
export function treeOf(coroutines: readonly CoroutineSnapshot[], style: TreeStyle): string[] {
  const branches = new Map<number, Branch>();
  const roots: Branch[] = [];
  for (const it of coroutines) {
    const branch = { it, children: [] };
    branches.set(it.id, branch);
    const siblings = it.parent === null ? undefined : branches.get(it.parent)?.children;
    (siblings ?? roots).push(branch);
  }
  const lines: string[] = [];
  draw(roots, lines, style);
  if (lines.length <= style.most) return lines;
  const left = coroutines.length - style.most;
  return [...lines.slice(0, style.most), `… and ${left} more coroutines`];
}

/** What is still to be drawn: brothers and sisters from one of them on, and what their lines begin with. */
interface Pending {
  readonly branches: readonly Branch[];
  readonly from: number;
  readonly indent: string;
  /** How many lines there are above it, up to the root. */
  readonly depth: number;
}

/** What is deeper than that says how deep it is, and is not indented any further. */
const mostIndented = 40;

function draw(roots: readonly Branch[], lines: string[], style: TreeStyle): void {
  // By hand: a chain of coroutines may be longer than the JavaScript stack.
  const pending: Pending[] = [{ branches: roots, from: 0, indent: "", depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { branches, from, indent, depth } = next;
    const to = from + countAlike(branches, from);
    const first = branches[from];
    if (first === undefined || lines.length > style.most) continue;
    const isLast = to === branches.length;
    const [stem, below] = depth === 0 ? ["", ""] : isLast ? ["└─ ", "   "] : ["├─ ", "│  "];
    const members = branches.slice(from, to).map(({ it }) => it);
    const level = depth > mostIndented ? `(${depth} deep) ` : "";
    lines.push(printable(indent + stem + level + lineOf(members, style)));
    pending.push({ ...next, from: to });
    const inner = depth < mostIndented ? indent + below : indent;
    pending.push({ branches: first.children, from: 0, indent: inner, depth: depth + 1 });
  }
}

/** How many of them, from that one on, are told in one line. */
function countAlike(branches: readonly Branch[], from: number): number {
  const first = branches[from];
  if (first === undefined) return 0;
  const key = keyOf(first);
  let to = from + 1;
  for (let next = branches[to]; next !== undefined && keyOf(next) === key; next = branches[to]) {
    to += 1;
  }
  return to - from;
}

function keyOf({ it, children }: Branch): string {
  if (children.length > 0) return `#${it.id}`;
  const { name, bundle, state, canceled, waits, at, started } = it;
  const what = waits === undefined ? "" : waits.what;
  const isAlone = waits?.coroutines !== undefined && waits.coroutines.length > 0;
  const where = at?.map((frame) => `${frame.file}:${frame.line}`);
  return JSON.stringify([isAlone ? it.id : name, bundle, state, canceled, what, where, started]);
}

function lineOf(members: readonly CoroutineSnapshot[], style: TreeStyle): string {
  const [it] = members;
  if (it === undefined) return "";
  const isOne = members.length === 1;
  const name = labelOf(it);
  const head = isOne ? `#${it.id - style.first} ${name}` : `${members.length} × ${name}`;
  const parts = [
    `${head}${groupText(it)}`,
    isOne ? waitOf(it, style) : (it.waits?.what ?? it.state),
    isOne ? addressOf(it) : "",
    it.canceled === "no" ? "" : it.canceled === "told" ? "told to end" : "canceled",
    placeOf(it),
    style.times ? timesOf(members) : "",
    it.started === undefined ? "" : `started ${it.started}`,
  ];
  return parts.filter((part) => part !== "").join("  ");
}

/** What it is called: by its function, or as the program has said. */
export function labelOf({ name, parent }: CoroutineSnapshot): string {
  if (name !== "") return name;
  return parent === null ? "main" : "coroutine";
}

function groupText({ bundle, parent }: CoroutineSnapshot): string {
  if (bundle !== null) return ` [bundle ${bundle}]`;
  return parent === null ? "" : " [block]";
}

function waitOf({ waits, state }: CoroutineSnapshot, { first }: TreeStyle): string {
  if (waits === undefined) return state;
  const others = waits.coroutines ?? [];
  const text = waitText(waits);
  return others.length === 0
    ? text
    : `${text} for ${others.map((id) => `#${id - first}`).join(", ")}`;
}

/** Without a handle the address is in the call. */
function addressOf({ waits }: CoroutineSnapshot): string {
  return waits?.handle === undefined ? "" : (waits.address ?? "");
}

/** The innermost function, if that is not the coroutine's own, and the line. */
function placeOf({ at, name }: CoroutineSnapshot): string {
  const [inner] = at ?? [];
  if (inner === undefined) return "";
  return inner.name === "" || inner.name === name
    ? placeText(inner)
    : `${inner.name} ${placeText(inner)}`;
}

/** How long they have waited, and how long they will. */
function timesOf(members: readonly CoroutineSnapshot[]): string {
  const since = rangeOf(members.flatMap((it) => it.since ?? []));
  const left = rangeOf(members.flatMap((it) => it.deadline ?? []));
  return [since, left === "" ? "" : `${left} left`].filter((text) => text !== "").join(", ");
}

function rangeOf(times: readonly number[]): string {
  if (times.length === 0) return "";
  const low = durationText(times.reduce((a, b) => Math.min(a, b)));
  const high = durationText(times.reduce((a, b) => Math.max(a, b)));
  return low === high ? low : `${low} to ${high}`;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** A duration in milliseconds, for a person. */
export function durationText(time: number): string {
  const size = Math.abs(time);
  if (size < second) return `${time} ms`;
  if (size < 2 * minute) return `${Math.round(time / second)} s`;
  if (size < 2 * hour) return `${Math.round(time / minute)} min`;
  return `${Math.round(time / hour)} h`;
}
