// What happened in a simulation, line by line, for a person. Coroutines are numbered in the order of their starts, and handles as they
// first appear: so two runs of one schedule are the same text.
import { inspectSafely, isErrno, textOf } from "../errors/index.js";
import type { EventLoop, Witness } from "../host/virtual/index.js";
import {
  type Beginning,
  blocked,
  currentTask,
  done,
  final,
  nextTaskId,
  none,
  startOf,
  type Task,
  waitText,
} from "../kernel/index.js";
import { HandleNames } from "./handleNames.js";
import { type Deviation, meaningOf } from "./schedule.js";

/** So many lines are kept, the last ones. */
const mostLines = 100_000;

/** How much of an error is told in a line. */
const longestError = 60;

interface Line {
  readonly at: number;
  text: string;
  mark: string;
}

export class Trace implements Witness {
  private lines: Line[] = [];
  private dropped = 0;
  private readonly tasks = new Map<Task, string>();
  /** Those that have not ended, and what they had been told when they were looked at last. */
  private readonly alive = new Map<Task, Task["cancellation"]>();
  private readonly names = new HandleNames();
  private loop: EventLoop | null = null;
  private start = 0;
  private firstTask = 0;
  /** The operation that has begun last, and what its coroutine does. */
  private begun: { readonly task: Task; readonly line: Line; isLast: boolean } | null = null;
  /** Of a pick whose line is still to come. */
  private pickMark = "";

  /** The clock by which lines are dated. */
  follow(loop: EventLoop): void {
    this.loop = loop;
    this.start = loop.moment;
    this.firstTask = nextTaskId();
  }

  begins(task: Task | null, operation: Beginning): void {
    this.settle();
    if (task === null) return;
    const line = this.add(`${this.nameOf(task)}  ${this.describe(operation)}`);
    this.begun = { task, line, isLast: false };
  }

  /** The operation that has begun last gives way, if it need not wait. */
  turnIsOver(isInside: boolean): void {
    if (this.begun !== null && isInside) this.begun.isLast = true;
    else if (!isInside) this.add("         the turn is over");
  }

  event(what: string): void {
    this.settle();
    this.add(`         ${what}`);
  }

  note(text: string): void {
    this.settle();
    this.add(`${this.whoRuns()}  note: ${text}`);
  }

  /** The program has been given something else than the first of its choices: a line of its own says what. */
  picks(value: string): void {
    const mark = this.pickMark;
    this.pickMark = "";
    this.add(`${this.whoRuns()}  is given ${value}`).mark = mark;
  }

  deviates({ place, kind }: Deviation): void {
    const mark = `   <- choice ${place}: ${meaningOf[kind]}`;
    if (kind === "pick") this.pickMark = mark;
    else this.mark(mark);
  }

  private mark(text: string): void {
    const last = this.lines.at(-1) ?? this.add("the start");
    last.mark += text;
  }

  /** A pick that the program has not asked for, as where a read ends, has no line of its own. */
  private flushMark(): void {
    const { pickMark } = this;
    this.pickMark = "";
    if (pickMark !== "") this.mark(pickMark);
  }

  private whoRuns(): string {
    const task = currentTask();
    return task === null ? "    " : this.nameOf(task);
  }

  private add(text: string): Line {
    this.flushMark();
    const line = { at: (this.loop?.moment ?? this.start) - this.start, text, mark: "" };
    this.lines.push(line);
    if (this.lines.length >= 2 * mostLines) {
      this.dropped += mostLines;
      this.lines = this.lines.slice(mostLines);
    }
    return line;
  }

  /** Whether the last operation has put its coroutine to sleep is seen when something else happens. */
  settle(): void {
    if (this.begun !== null) {
      const { task, line, isLast } = this.begun;
      if (task.state === blocked) line.text += ", and waits";
      else if (isLast) line.text += ", and gives way: the turn is over";
      this.begun = null;
    }
    for (const task of this.alive.keys()) this.look(task);
  }

  /** The run is over, and has canceled whatever was left: that needs no lines. */
  private conclude(): void {
    for (const task of this.alive.keys()) if (task.cancellation !== none) this.alive.delete(task);
    this.settle();
  }

  /** Whether somebody has canceled the coroutine meanwhile, and whether it has ended. */
  private look(task: Task): void {
    const isDone = task.state === done;
    const isTold = task.cancellation > (this.alive.get(task) ?? none);
    if (isTold) this.alive.set(task, task.cancellation);
    if (isDone) this.alive.delete(task);
    if (!isTold && !isDone) return;
    const told = isTold ? [task.cancellation === final ? "is canceled" : "is told to end"] : [];
    this.add(`${this.nameOf(task)}  ${[...told, ...(isDone ? [endText(task)] : [])].join(", ")}`);
  }

  private nameOf(task: Task): string {
    let name = this.tasks.get(task);
    if (name === undefined) {
      name = task.id === this.firstTask ? "main" : `#${task.id - this.firstTask}`;
      this.tasks.set(task, name);
      if (task.state !== done) this.alive.set(task, none);
    }
    return name.padStart(4);
  }

  private describe(operation: Beginning): string {
    const wait = inspectSafely(() => operation.waitsFor(), { what: "an operation" });
    return waitText(wait, (handle) => this.names.of(handle));
  }

  /** The lines, without their marks: two runs of one program are compared by them. */
  plain(): readonly string[] {
    this.conclude();
    return this.lines.map(({ at, text }) => `${at} ${text}`);
  }

  /** The last lines and those around what was chosen, at most so many, and where the coroutines in them were started. */
  text(most: number): string {
    this.conclude();
    this.flushMark();
    const lines = folded(this.lines);
    const places = shown(lines, most);
    const width = places
      .map((place) => lines[place]?.text.length ?? 0)
      .filter((length) => length < 90)
      .reduce((widest, length) => Math.max(widest, length), 0);
    const body: string[] = [];
    let next = 0;
    for (const place of places) {
      const line = lines[place];
      if (line === undefined) continue;
      if (place > next) body.push(`  … ${place - next} lines`);
      next = place + 1;
      const time = `${round(line.at)} ms`.padStart(11);
      body.push(`${time}  ${line.mark === "" ? line.text : line.text.padEnd(width) + line.mark}`);
    }
    const head = this.dropped === 0 ? [] : [`  … ${this.dropped} lines before that`];
    return [...head, ...body, ...this.starts()].join("\n");
  }

  private starts(): string[] {
    const names = new Map<string, string[]>();
    for (const [task, name] of this.tasks) {
      const start = inspectSafely(() => startOf(task), "");
      if (start !== "") names.set(start, [...(names.get(start) ?? []), name]);
    }
    const lines = [...names].map(([start, list]) => `  ${list.join(", ")} started ${start}`);
    return lines.length === 0 ? [] : ["", ...lines];
  }
}

function endText(task: Task): string {
  if (task.ending !== "error") return "ends";
  const { value } = task;
  return `throws ${isErrno(value) ? value.code : firstLine(textOf(value))}`;
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > longestError ? `${line.slice(0, longestError)}…` : line;
}

/** Of equal events in a row only the last one stays, with their number. */
function folded(lines: readonly Line[]): readonly Line[] {
  const result: Line[] = [];
  let count = 1;
  for (const [i, line] of lines.entries()) {
    const next = lines[i + 1];
    const isSame = next?.text === line.text && next.at === line.at && line.mark === "";
    if (isSame && line.text.startsWith(" ")) {
      count += 1;
      continue;
    }
    result.push(count === 1 ? line : { ...line, text: `${line.text} (${count} times)` });
    count = 1;
  }
  return result;
}

/** How many lines around each choice are shown. */
const around = 4;

/** The places of the lines that are shown, in order. */
function shown(lines: readonly Line[], most: number): readonly number[] {
  if (lines.length <= most) return lines.map((_, place) => place);
  const places = new Set<number>();
  for (const [place, { mark }] of lines.entries()) {
    if (mark === "" || places.size > most / 2) continue;
    for (let near = place - around; near <= place + around; near++) {
      if (near >= 0 && near < lines.length) places.add(near);
    }
  }
  for (let place = lines.length - 1; places.size < most && place >= 0; place--) places.add(place);
  return [...places].toSorted((a, b) => a - b);
}

function round(time: number): number {
  return Math.round(time * 1000) / 1000;
}
