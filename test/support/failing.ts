// Coroutines that fail, and what their errors are called.
import { type Coroutine, msleep } from "libdill-ts";
import { nameOf } from "./cutShort.js";

/** Fails as it starts. */
export function* fail(error: unknown): Coroutine<never> {
  throw error;
}

/** Lets the others run first. */
export function* failLater(error: unknown): Coroutine<never> {
  yield;
  throw error;
}

/** Fails when it is canceled or told. */
export function* failOnCancel(error: unknown): Coroutine<never> {
  try {
    yield* msleep(-1);
  } finally {
    yield* fail(error);
  }
  return yield* fail(error);
}

/** The errors of an aggregate, or the one error, by their names. */
export function namesOf(error: unknown): string[] {
  return error instanceof AggregateError ? error.errors.map(nameOf) : [nameOf(error)];
}
