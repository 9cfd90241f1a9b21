// Recognising what is not a coroutine, and saying what to write instead.
import { dillError } from "../errors/index.js";
import type { AnyGenerator } from "./coroutine.js";
import { generatorPrototype } from "./scheduler.js";
import { BlockingOperation } from "./wait.js";

/** Whatever a generator function's call returns is an instance of this. */
function AGenerator(): void {}
AGenerator.prototype = generatorPrototype;

/** The coroutine's generator, or `EINVAL`. `name` is the function as the caller has written it. */
export function checkGenerator(value: unknown, name: string, syscall: string): AnyGenerator {
  if (value instanceof AGenerator) return value as unknown as AnyGenerator;
  // One of another realm, then.
  if (Object.prototype.toString.call(value) === "[object Generator]") return value as AnyGenerator;
  throw dillError("EINVAL", syscall, { message: advice(value, name) });
}

function advice(value: unknown, name: string): string {
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
