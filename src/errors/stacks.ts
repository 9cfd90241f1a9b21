import { inspectSafely } from "./inspectSafely.js";

// LIBDILL_STACKS=1 in the environment: every error has a stack, and every coroutine knows where it was
// started. Both cost microseconds each time, so they have to be asked for.
export let wantsStacks: boolean = isAskedFor();

/** Asks for them, or no longer. Returns what was asked before. */
export function wantStacks(wants: boolean): boolean {
  const before = wantsStacks;
  wantsStacks = wants;
  return before;
}

/** What says how to ask; empty where that is done, or can't be. */
export const stacksHint: string =
  wantsStacks || globalThis.process === undefined
    ? ""
    : "LIBDILL_STACKS=1 in the environment shows where it happened, and where its coroutine was started";

function isAskedFor(): boolean {
  try {
    return globalThis.process?.env["LIBDILL_STACKS"] === "1";
  } catch {
    return false; // Deno may be told to keep the environment to itself
  }
}

/** Makes something with a stack that is long enough to be of use. */
export function withLongStack<T>(make: () => T): T {
  // Our own frames come first, and of a coroutine's every second one is a call of next().
  return withStackLimit(2 * Error.stackTraceLimit + 10, make);
}

/** Errors that are made meanwhile have stacks of at most so many frames. */
export function withStackLimit<T>(limit: number, act: () => T): T {
  const { stackTraceLimit } = Error;
  setStackTraceLimit(limit);
  try {
    return act();
  } finally {
    setStackTraceLimit(stackTraceLimit);
  }
}

/** Where Node's built-in objects are frozen, it stays as it is. */
function setStackTraceLimit(limit: number): void {
  Reflect.set(Error, "stackTraceLimit", limit);
}

/** Puts text behind the error's stack, if it can be written to. */
export function extendStack(error: Error, text: string): void {
  const { stack } = error;
  Reflect.set(error, "stack", `${stack ?? error}\n${text}`);
}

/** Where the package's modules are, as stacks name them; nowhere, if somebody has bundled them with his own. */
let house: readonly string[] | undefined;

/** Whether a line of a stack is one of this package's own. */
export function isHouseFrame(line: string): boolean {
  // Not when this file loads: the first stack of a process takes half a millisecond (bench: startup).
  house ??= foldersOf(withLongStack(() => new Error()));
  return house.some((folder) => line.includes(folder));
}

/** Of the package whose code made the error: its is the first line, in one of the files where this function can be. */
function foldersOf({ stack = "" }: Error): string[] {
  const [, root] =
    /^[^\n]*\n[^\n]*?(\/[^:\n]*)\/(?:dist\/bundle\/(?:core|browser)\.js|(?:dist|src)\/errors\/stacks\.[jt]s):/.exec(
      stack,
    ) ?? [];
  if (root === undefined) return [];
  const path = root.replace(/^\/+/, "/"); // a line is a URL or, where source maps are at work, a path
  return [`${path}/dist/`, `${path}/src/`];
}

/** The file with this package's code, wherever a bundler or a linked folder has put it. */
export function houseFile(): string {
  const { stack = "" } = withLongStack(() => new Error());
  const [, file = "an unknown file"] =
    /^[^\n]*\n +at (?:.*\()?(.*?):\d+:\d+\)?\n/.exec(`${stack}\n`) ?? [];
  return file.replace(/^file:\/\//, "");
}

/**
 * The error, and those inside it, for printing: each stack begins with a line of the user's. Frames of this package
 * before that say only that an operation was called.
 */
export function userStack(error: unknown): unknown {
  return inspectSafely(() => {
    trim(error, new Set());
    return error;
  }, error);
}

function trim(error: unknown, seen: Set<unknown>): void {
  if (!(error instanceof Error) || seen.has(error)) return;
  seen.add(error);
  if (Object.hasOwn(error, "stack"))
    Reflect.set(error, "stack", withoutHouseAbove(error.stack ?? ""));
  trim(error.cause, seen);
  if (error instanceof AggregateError) for (const part of error.errors) trim(part, seen);
}

function withoutHouseAbove(stack: string): string {
  const lines = stack.split("\n");
  const first = lines.findIndex(isFrame);
  const users = lines.findIndex(
    (line) => isFrame(line) && !isHouseFrame(line) && !isResumption(line),
  );
  return first < 0 || users < 0
    ? stack
    : [...lines.slice(0, first), ...lines.slice(users)].join("\n");
}

function isFrame(line: string): boolean {
  return line.startsWith("    at ");
}

/** The generator's own `next`, which is above every function of the user's. */
function isResumption(line: string): boolean {
  return line.endsWith(".next (<anonymous>)");
}
