// LIBDILL_STACKS=1 in the environment: every error has a stack, and every coroutine knows where it was
// started. Both cost microseconds each time, so they have to be asked for.
export const wantsStacks: boolean = isAskedFor();

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
  const { stackTraceLimit } = Error;
  // Our own frames come first, and of a coroutine's every second one is a call of next().
  setStackTraceLimit(2 * stackTraceLimit + 10);
  try {
    return make();
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
