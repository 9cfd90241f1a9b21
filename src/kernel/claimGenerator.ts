// Recognising what is not a coroutine, and saying what to write instead. A generator is claimed by the one
// coroutine that it is started as.
import { dillError, inspectSafely } from "../errors/index.js";
import { BlockingOperation } from "./blockingOperation.js";
import { generatorPrototype } from "./step.js";
import type { AnyGenerator } from "./task.js";

/** Whatever a generator function's call returns is an instance of this. */
function AGenerator(): void {}
AGenerator.prototype = generatorPrototype;

/**
 * Marks a generator that was started, by whichever copy of the package. A property of its own costs a tenth of what a
 * WeakSet does (bench: go).
 */
const started: unique symbol = Symbol.for("libdill-ts.started");
/** Generators that can't be given a property. */
const startedFrozen = new WeakSet<object>();

interface Markable {
  [started]?: true;
}

/** The coroutine's generator, or `EINVAL`; nothing has been claimed. `name` is the function as the caller wrote it. */
export function checkGenerator(value: unknown, name: string, syscall: string): AnyGenerator {
  if (!isGenerator(value)) throw dillError("EINVAL", syscall, advice(value, name));
  if ((value as Markable)[started] === true || startedFrozen.has(value)) {
    const message = `${name} got a generator that was started already: call the generator function once more`;
    throw dillError("EINVAL", syscall, message);
  }
  return value;
}

/** As {@link checkGenerator}, and nobody can start the generator once more. */
export function claimGenerator(value: unknown, name: string, syscall: string): AnyGenerator {
  const generator = checkGenerator(value, name, syscall);
  claim(generator);
  return generator;
}

export function claim(generator: AnyGenerator): void {
  try {
    (generator as Markable)[started] = true;
  } catch {
    startedFrozen.add(generator);
  }
}

export function isGenerator(value: unknown): value is AnyGenerator {
  // Not by inspectSafely, whose function would be one more object for each coroutine (bench: go).
  try {
    if (value instanceof AGenerator) return true;
    return Object.prototype.toString.call(value) === "[object Generator]"; // of another realm
  } catch {
    return false;
  }
}

function advice(value: unknown, name: string): string {
  return inspectSafely(
    () => adviceFor(value, name),
    `${name} needs the call of a generator function`,
  );
}

function adviceFor(value: unknown, name: string): string {
  if (typeof value === "function") {
    const called = value.name === "" ? "worker" : value.name;
    return `${name} takes a running coroutine: write ${name}(${called}()), not ${name}(${called})`;
  }
  if (value instanceof Promise) {
    return `${name} got a promise: an async function is no coroutine, write function* and yield*`;
  }
  if (value instanceof BlockingOperation || isIterable(value)) {
    return `${name} got an operation: wrap it, ${name}((function* () { yield* … })())`;
  }
  return `${name} needs the call of a generator function, not ${typeof value}`;
}

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
