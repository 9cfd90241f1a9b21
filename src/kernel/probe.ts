// Where a blocked coroutine stands: the whole chain of `yield*`, read when somebody asks, with nothing recorded before.
//
// A generator that delegates hands `next()` straight down, so that none of the program's code runs: the operation at the end of
// the chain sees a stranger, and sends all generators back to sleep where they were. Meanwhile all of them are on the stack. An
// iterator that the program has written by hand has its own next() called, as by anybody else who resumes the coroutine.
import { type Frame, framesAmong, inspectSafely, withStackLimit } from "../errors/index.js";
import { failOwner } from "./failures.js";
import { resumedByStranger } from "./misuse.js";
import { asOutsider, generatorPrototype, isOnStack } from "./step.js";
import { blocked, type Task } from "./task.js";

interface Trace {
  readonly stack?: string;
}

/** Of each coroutine at most so many lines of a stack are read: two for each function. */
const mostLines = 200;
/** The lines between the chain and whoever asks: `probed`, `look`, `asOutsider` and `placesBelow`. */
const ownLines = 4;
/**
 * Whoever asks may have so many functions on the stack. A chain that fits the stack where the coroutine is resumed need not fit further
 * up, and an overflow in it would be the coroutine's end.
 */
const mostBelow = 500;

const { next } = generatorPrototype;

/** Set while a coroutine is probed. */
let probe: Trace | null = null;

/** What an operation returns that is resumed by somebody else than its coroutine. */
export function refuseStranger(): typeof resumedByStranger {
  if (probe !== null) capture(probe, refuseStranger);
  return resumedByStranger;
}

/** The program may have put something of its own into the place of V8's functions. It must not throw in here. */
function capture(trace: Trace, above: (...rest: never[]) => unknown): void {
  try {
    Error.captureStackTrace(trace, above);
  } catch {
    // Then there is no line.
  }
}

/**
 * Of each coroutine that is blocked the places where it stands, the innermost first; empty for the others, and for all where that
 * can't be found out.
 */
export function placesOf(tasks: readonly Task[]): Frame[][] {
  const nowhere = tasks.map((): Frame[] => []);
  return inspectSafely(() => withStackLimit(Infinity, () => placesBelow(tasks)), nowhere);
}

function placesBelow(tasks: readonly Task[]): Frame[][] {
  const below: Trace = {};
  capture(below, placesBelow);
  const depth = linesOf(below).length;
  const places: Frame[][] = [];
  // No coroutine counts as running meanwhile: a debugger, a hook or a signal may ask in the middle of a step.
  asOutsider(function look() {
    for (const task of tasks) {
      const lines = depth > mostBelow ? [] : linesOf(probed(task));
      const chain = lines.length - depth - ownLines;
      places.push(framesAmong(lines.slice(0, Math.max(0, Math.min(chain, mostLines)))));
    }
  });
  return places;
}

/** The stack with the whole chain on it. */
function probed(task: Task): Trace {
  const { generator, state, owner } = task;
  const trace: Trace = {};
  if (generator === null || state !== blocked || isOnStack(task)) return trace;
  probe = trace;
  try {
    next.call(generator);
  } catch (error) {
    // An iterator of the program's has thrown, and the coroutine is at its end: that must not go unheard.
    if (!isRunningAlready(error)) failOwner(owner, error);
  } finally {
    probe = null;
  }
  return trace;
}

/** Its code is on the JavaScript stack: the engine resumes it for nobody, and each engine says so in its own words. */
function isRunningAlready(error: unknown): boolean {
  return error instanceof TypeError && /generator/i.test(error.message);
}

/** The program may write stacks in its own way. */
function linesOf(trace: Trace): string[] {
  return inspectSafely(() => {
    const lines = (trace.stack ?? "").split("\n");
    return lines.filter((line) => line.startsWith("    at "));
  }, []);
}
