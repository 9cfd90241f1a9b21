// What the rules of several suites are made of.
import { isErrno } from "../../errors/index.js";
import { type Handle, hclose } from "../../handles/index.js";
import type { Coroutine, Operation, Steps } from "../../kernel/index.js";
import { bundle, bundleGo, bundleWait, msleep, now } from "../../runtime/index.js";
import { demand } from "./rules.js";

/** The code that the operation fails with; "none". */
export function* codeOf(operation: Operation<unknown>): Steps<string> {
  try {
    yield* operation;
    return "none";
  } catch (error) {
    if (isErrno(error)) return error.code;
    throw error;
  }
}

export function* expectCode(operation: Operation<unknown>, ...codes: string[]): Steps<void> {
  const code = yield* codeOf(operation);
  demand(codes.includes(code), `it was ${code}, not ${codes.join(" or ")}`);
}

/** Starts the operation, cancels it while it waits, and returns what it came to. */
export function* cutShort(operation: Operation<unknown>): Steps<string> {
  const b = bundle();
  let code = "it did not wait";
  bundleGo(
    b,
    note(operation, (came) => (code = came)),
  );
  yield* msleep(now() + 1);
  hclose(b);
  return code;
}

/** Starts the operation, closes the handle while it waits, and returns what it came to so much later. */
export function* closedMeanwhile(
  operation: Operation<unknown>,
  h: Handle,
  patience = 1,
): Steps<string> {
  const b = bundle();
  let code = "it did not end";
  bundleGo(
    b,
    note(operation, (came) => (code = came)),
  );
  yield* msleep(now() + 1);
  hclose(h);
  yield* msleep(now() + patience);
  hclose(b);
  return code;
}

/** Performs all of them at once, until the last one has ended. */
export function* together(...operations: readonly Operation<unknown>[]): Steps<void> {
  const b = bundle();
  try {
    for (const operation of operations) bundleGo(b, perform(operation));
    yield* bundleWait(b, -1);
  } finally {
    hclose(b);
  }
}

/** Performs the operation so many milliseconds from now, when others wait by then. */
export function* later(delay: number, begin: () => Operation<unknown>): Steps<void> {
  yield* msleep(now() + delay);
  yield* begin();
}

/** Performs the operation in a coroutine that is being canceled. */
export function* whileCanceled(operation: Operation<unknown>): Steps<void> {
  const b = bundle();
  bundleGo(b, afterCancellation(operation));
  yield* msleep(now() + 1);
  hclose(b);
}

function* perform(operation: Operation<unknown>): Coroutine {
  yield* operation;
}

function* afterCancellation(operation: Operation<unknown>): Coroutine {
  try {
    yield* msleep(-1);
  } finally {
    yield* operation;
  }
}

/** Tries, without a wait in any of the tries, while the wire brings one part after the other. */
export function* succeedsAtOnce(begin: () => Operation<unknown>): Steps<void> {
  let code = "none";
  for (let tries = 0; tries < 100; tries++) {
    const start = now();
    code = yield* codeOf(begin());
    demand(now() === start, "it has waited");
    if (code !== "ETIMEDOUT") break;
    yield* msleep(now() + 10);
  }
  demand(code === "none", `it was ${code}, not none`);
}

/** Waits until all that was sent must have come. */
export function* arrival(): Steps<void> {
  yield* msleep(now() + longestWay);
}

/** How long what was sent is given to come, in virtual milliseconds. */
export const longestWay = 10_000;

function* note(operation: Operation<unknown>, tell: (code: string) => void): Coroutine {
  try {
    yield* operation;
    tell("none");
  } catch (error) {
    tell(isErrno(error) ? error.code : String(error));
  }
}

/** More than any kernel takes before a send has to wait, of those that are simulated. */
export const many = 300_000;

const patterns = new Map<number, Buffer>();

/** Bytes that differ from place to place. Nobody may write to them. */
export function pattern(length: number): Buffer {
  let bytes = patterns.get(length);
  if (bytes === undefined) {
    bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = i * 7 + (i >> 8);
    patterns.set(length, bytes);
  }
  return bytes;
}
