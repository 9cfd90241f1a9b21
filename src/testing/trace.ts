// What happened in a simulation, line by line, for a person. Coroutines are numbered in the order of their starts, and handles as they
// first appear: so two runs of one schedule are the same text.
import { inspectSafely, isErrno, shortened, textOf } from "../errors/index.js";
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
import { type Line, printed } from "./printed.js";
import { type Deviation, meaningOf } from "./schedule.js";

/** So many lines are kept, the last ones. */
const mostLines = 100_000;

/** How much of an error is told in a line. */
const longestError = 60;

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
  /** The operation that has begun last. */
  private begun: { readonly task: Task; readonly line: Line; isLast: boolean } | null = null;
  /** The last operation of each coroutine that has not ended, whose outcome is still to be told. */
  private readonly lasts = new Map<Task, { readonly line: Line; readonly operation: Beginning }>();
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
    this.tellOutcome(task);
    const line = this.add(`${this.nameOf(task)}  ${this.describe(operation)}`);
    this.begun = { task, line, isLast: false };
    this.lasts.set(task, { line, operation });
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
    for (const task of this.alive.keys()) {
      if (task.cancellation !== none && task.ending !== "error") this.alive.delete(task);
    }
    this.settle();
  }

  /** What came of the coroutine's last operation is known when the coroutine goes on to something else. */
  private tellOutcome(task: Task): void {
    const last = this.lasts.get(task);
    this.lasts.delete(task);
    const outcome = last?.operation.outcome?.();
    if (last === undefined || outcome === undefined) return;
    const text = typeof outcome === "string" ? outcome : waitText(outcome, (h) => this.names.of(h));
    last.line.text += ` -> ${text}`;
  }

  /** Whether somebody has canceled the coroutine meanwhile, and whether it has ended. */
  private look(task: Task): void {
    const isDone = task.state === done;
    const isTold = task.cancellation > (this.alive.get(task) ?? none);
    if (isTold) this.alive.set(task, task.cancellation);
    if (isDone) {
      this.alive.delete(task);
      this.tellOutcome(task);
    }
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
    return [...printed(this.lines, this.dropped, most), ...this.starts()].join("\n");
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
  return shortened(line, longestError);
}
