// Recognising what was yielded where an operation should have been run, and saying what to write.
import { type DillError, dillError } from "../errors/index.js";

/** The error for a coroutine that yielded this value. */
export function misuse(value: unknown): DillError {
  let message = "a coroutine yields nothing but operations, and those with yield*";
  if (isIterable(value))
    message = "an operation was yielded and did not run: write yield*, not yield";
  else if (isThenable(value))
    message = "a promise was yielded: write yield* until(promise, deadline)";
  else if (isEffect(value)) {
    message =
      "an Effection operation was run in a libdill coroutine: write yield* fromEffection(…)";
  }
  return dillError("EINVAL", "yield", { message });
}

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value;
}

function isEffect(value: unknown): boolean {
  return typeof value === "object" && value !== null && "enter" in value;
}
