// What the rules of several suites are made of.
import { isErrno } from "../../errors/index.js";
import { type Handle, hclose } from "../../handles/index.js";
import type { Coroutine, Operation, Steps } from "../../kernel/index.js";
import { bundle, bundleGo, msleep, now } from "../../runtime/index.js";
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

/** Starts the operation, closes the handle while it waits, and returns what it came to. */
export function* closedBeneath(operation: Operation<unknown>, h: Handle): Steps<string> {
  const b = bundle();
  let code = "it did not end";
  bundleGo(
    b,
    note(operation, (came) => (code = came)),
  );
  yield* msleep(now() + 1);
  hclose(h);
  yield* msleep(now() + 1);
  hclose(b);
  return code;
}

function* note(operation: Operation<unknown>, tell: (code: string) => void): Coroutine {
  try {
    yield* operation;
    tell("none");
  } catch (error) {
    tell(isErrno(error) ? error.code : String(error));
  }
}

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
