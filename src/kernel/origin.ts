// Where coroutines were started, if LIBDILL_STACKS asks for it.
import {
  extendStack,
  inspectSafely,
  isProgramFrame,
  wantsStacks,
  withLongStack,
} from "../errors/index.js";
import type { Task } from "./task.js";
import { currentTask } from "./step.js";

/** How many starts lead back from a coroutine: one that starts its successor must not remember them all. */
const mostStarts = 10;

/** Something with a stack, which is written out only when somebody looks. */
interface Trace {
  readonly stack?: string;
}

/** The start of each coroutine, before that of the one that started it, and so on. */
const origins = new WeakMap<Task, readonly Trace[]>();
/** Errors that tell already where they come from. */
const told = new WeakSet<Error>();

export function rememberOrigin(task: Task): void {
  if (!wantsStacks) return;
  const trace: Trace = {};
  withLongStack(() => Error.captureStackTrace(trace, rememberOrigin));
  const starter = currentTask();
  const earlier = starter === null ? [] : (origins.get(starter) ?? []);
  origins.set(task, [trace, ...earlier.slice(0, mostStarts - 1)]);
}

/** The error has escaped the coroutine: its stack goes on where that was started. */
export function addOrigin(task: Task, error: unknown): void {
  const starts = origins.get(task);
  if (starts === undefined) return;
  inspectSafely(() => {
    if (!(error instanceof Error) || told.has(error)) return;
    told.add(error);
    const lines = starts.flatMap((trace) => ["  coroutine started", ...framesOf(trace)]);
    extendStack(error, lines.join("\n"));
  }, undefined);
}

/** The line that started the coroutine; empty if nobody has asked. */
export function startOf(task: Task): string {
  const [trace] = origins.get(task) ?? [];
  const [frame = ""] = trace === undefined ? [] : framesOf(trace);
  return frame.trim();
}

/** Its frames, down to where the coroutine that did it was resumed, without the house's own. */
function framesOf({ stack = "" }: Trace): string[] {
  const frames = stack.split("\n").filter((line) => line.startsWith("    at "));
  const end = frames.findIndex((line) => line.includes("stepHere"));
  const own = end < 0 ? frames : frames.slice(0, end);
  return own.filter(isProgramFrame);
}
