// Where a blocked coroutine stands: the whole chain of `yield*`, read when somebody asks, with nothing recorded before.
//
// A generator that delegates hands `next()` straight down, so that none of the program's code runs: the operation at the end of
// the chain sees a stranger, and sends all generators back to sleep where they were. Meanwhile all of them are on the stack. An
// iterator that the program has written by hand has its own next() called, as by anybody else who resumes the coroutine.
import { type Frame, framesAmong, inspectSafely, withStackLimit } from "../errors/index.js";
import { resumedByStranger } from "./misuse.js";
import { generatorPrototype } from "./step.js";
import { blocked, type Task } from "./task.js";

interface Trace {
  readonly stack?: string;
}

/** Of each coroutine at most so many lines of a stack are read: two for each function. */
const mostLines = 200;
/** The lines between the chain and whoever asks: `probed` and `placesBelow`. */
const ownLines = 2;

const { next } = generatorPrototype;

/** Set while a coroutine is probed. */
let probe: Trace | null = null;

/** What an operation returns that is resumed by somebody else than its coroutine. */
export function refuseStranger(): typeof resumedByStranger {
  if (probe !== null) Error.captureStackTrace(probe, refuseStranger);
  return resumedByStranger;
}

/** Of each coroutine that is blocked the places where it stands, the innermost first; empty for the others. */
export function placesOf(tasks: readonly Task[]): Frame[][] {
  return withStackLimit(Infinity, () => placesBelow(tasks));
}

function placesBelow(tasks: readonly Task[]): Frame[][] {
  const below: Trace = {};
  Error.captureStackTrace(below, placesBelow);
  const depth = linesOf(below).length;
  const places: Frame[][] = [];
  for (const task of tasks) {
    const lines = linesOf(probed(task));
    const chain = lines.length - depth - ownLines;
    places.push(framesAmong(lines.slice(0, Math.max(0, Math.min(chain, mostLines)))));
  }
  return places;
}

/** The stack with the whole chain on it. */
function probed({ generator, state }: Task): Trace {
  const trace: Trace = {};
  if (generator === null || state !== blocked) return trace;
  probe = trace;
  try {
    next.call(generator);
  } catch {
    // It is on the JavaScript stack, or an iterator of the program's does not want to be resumed.
  } finally {
    probe = null;
  }
  return trace;
}

/** The program may write stacks in its own way. */
function linesOf(trace: Trace): string[] {
  const { stack = "" } = trace;
  return inspectSafely(() => stack.split("\n").filter((line) => line.startsWith("    at ")), []);
}
