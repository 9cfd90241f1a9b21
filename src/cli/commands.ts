// What each command prints, and whether that is bad news.
import { placeText } from "../errors/index.js";
import { waitText } from "../kernel/index.js";
import type { HandleSnapshot } from "../runtime/index.js";
import { type CoroutineSnapshot, labelOf, treeOf } from "../snapshot/index.js";
import { findGrowth } from "./growth.js";
import { counted, type Picture, programOf } from "./picture.js";
import { Problem } from "./problem.js";
import type { Found } from "./socketWay.js";
import { findStuck } from "./stuck.js";
import { ageText, tableOf } from "./tables.js";

/** What a command comes to. */
export interface Outcome {
  readonly lines: readonly string[];
  /** The same, for programs. */
  readonly data: unknown;
  /** Exit status: 1 says that something is wrong with the process that was looked at. */
  readonly status: 0 | 1;
}

export function listProcesses(processes: readonly Found[]): Outcome {
  const rows = processes.map(({ pid, thread, hello }) => [
    String(pid),
    thread === 0 ? "" : String(thread),
    hello === undefined ? "" : ageText(Math.max(0, Date.now() - hello.started)),
    hello?.node ?? "",
    hello?.argv.join(" ") ?? "(does not answer: busy, stopped, or of another version)",
  ]);
  const none = "no process has opened its socket: start one with node --import libdill-ts/inspect";
  const lines =
    rows.length === 0 ? [none] : tableOf([["PID", "THREAD", "AGE", "NODE", "PROGRAM"], ...rows]);
  return { lines, data: processes, status: 0 };
}

export function showTree(picture: Picture): Outcome {
  const { coroutines, omitted } = picture;
  const head = `${counted(coroutines.length + omitted, "coroutine")} in ${programOf(picture.process)}`;
  const tree = treeOf(coroutines, { first: 0, times: true, most: Infinity });
  const rest =
    omitted === 0
      ? []
      : [`… and ${counted(omitted, "coroutine")} more: --most tells how many to look at`];
  return { lines: [head, ...tree, ...rest], data: picture, status: 0 };
}

export function showHandles({ handles }: Picture, all: boolean): Outcome {
  const rows = all ? handles.map(rowOf) : kindsOf(handles);
  const head = all
    ? ["HANDLE", "AGE", "QUEUED", "KIND", "ADDRESS"]
    : ["COUNT", "YOUNGEST", "OLDEST", "KIND"];
  return {
    lines: rows.length === 0 ? ["no handle is open"] : tableOf([head, ...rows]),
    data: handles,
    status: 0,
  };
}

function rowOf({ handle, kind, address = "", queued, age }: HandleSnapshot): string[] {
  return [
    String(handle),
    ageText(age),
    queued === undefined ? "" : String(queued),
    kindText(kind),
    address,
  ];
}

function kindsOf(handles: readonly HandleSnapshot[]): string[][] {
  const kinds = new Map<string, HandleSnapshot[]>();
  for (const it of handles) {
    const alike = kinds.get(it.kind);
    if (alike === undefined) kinds.set(it.kind, [it]);
    else alike.push(it);
  }
  return [...kinds]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([kind, members]) => {
      const ages = members.map(({ age }) => age).toSorted((a, b) => a - b);
      return [
        String(members.length),
        ageText(ages[0] ?? 0),
        ageText(ages.at(-1) ?? 0),
        kindText(kind),
      ];
    });
}

function kindText(kind: string): string {
  return kind === "" ? "of the program's own type" : kind;
}

/** `before`: what the process has told some time ago. */
export function tellStuck(picture: Picture, before?: Picture): Outcome {
  const growth = before === undefined ? [] : findGrowth(before, picture);
  const found = [...findStuck(picture), ...growth];
  const lines = found.map(({ sure, what, text }) => `${sure.padEnd(7)}  ${what}: ${text}`);
  const isCertain = found.some(({ sure }) => sure === "certain");
  return {
    lines: lines.length === 0 ? ["nothing is stuck, as far as can be told"] : lines,
    data: found,
    status: isCertain ? 1 : 0,
  };
}

/** One coroutine: the whole chain of yield*, and who has started it. */
export function showOne({ coroutines }: Picture, which: string): Outcome {
  const id = Number(which.replace(/^#/, ""));
  const byId = new Map(coroutines.map((it) => [it.id, it]));
  const it = byId.get(id);
  if (it === undefined)
    throw new Problem(`no coroutine has the number ${which}: it may have ended; tree lists them`);
  const lines = [
    nameOf(it),
    ...factsOf(it),
    ...(it.at ?? []).map((frame) => `  at ${`${frame.name} (${placeText(frame)})`.trimStart()}`),
  ];
  for (
    let parent = byId.get(it.parent ?? -1);
    parent !== undefined;
    parent = byId.get(parent.parent ?? -1)
  ) {
    lines.push(`started by ${nameOf(parent)}`);
  }
  return { lines, data: it, status: 0 };
}

function nameOf(it: CoroutineSnapshot): string {
  return `#${it.id} ${labelOf(it)}`;
}

function factsOf({
  state,
  canceled,
  waits,
  since,
  deadline,
  age,
  bundle,
  started,
}: CoroutineSnapshot): string[] {
  const facts = [
    waits === undefined ? state : `waits in ${waitText(waits)}`,
    waits?.handle !== undefined && waits.address !== undefined ? `address ${waits.address}` : "",
    since === undefined ? "" : `for ${ageText(since)}`,
    deadline === undefined ? "" : `${ageText(Math.max(0, deadline))} left`,
    `${ageText(age)} old`,
    bundle === null ? "" : `in bundle ${bundle}`,
    canceled === "no" ? "" : canceled === "told" ? "told to end" : "canceled",
    started === undefined ? "" : `started ${started}`,
  ];
  return facts.filter((fact) => fact !== "").map((fact) => `  ${fact}`);
}
