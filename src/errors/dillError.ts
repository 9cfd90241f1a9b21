// DillError, and the one function that builds it.
import { type ErrnoCode, meaningOf, numberOf } from "./errno.js";
import { inspectSafely } from "./inspectSafely.js";
import { printable } from "./printable.js";
import { stacksHint, wantsStacks, withLongStack } from "./stacks.js";

/** What an error tells beyond its code. */
export interface ErrorDetails {
  /** The address the operation was given. */
  readonly address?: string | undefined;
  /** The error of Node's, or of the user's, behind this one. */
  readonly cause?: unknown;
  /** What exactly was wrong and what to write instead; in place of the code's general meaning. It is shown in one line. */
  readonly message?: string | undefined;
  /** Lines that stand below the message, such as a list. */
  readonly lines?: readonly string[] | undefined;
}

/**
 * What every failing function of this library throws, shaped like Node's own system errors.
 *
 * Tell them apart with {@link isErrno}.
 */
export class DillError extends Error {
  /** POSIX error code: `"ETIMEDOUT"`. */
  readonly code: ErrnoCode;
  /** The code's number on this system, negative as in Node: `-110`. */
  readonly errno: number;
  /** The libdill name of the function that failed: `"ipc_connect"`. */
  readonly syscall: string;
  /** The address that was asked for, where there is one. */
  declare readonly address?: string;

  /** @internal */
  constructor(code: ErrnoCode, syscall: string, details: ErrorDetails) {
    const { address, cause, message, lines } = details;
    super(
      messageOf(code, syscall, address, message, lines),
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.errno = numberOf(code);
    this.syscall = syscall;
    if (address !== undefined) this.address = address;
  }
}

Object.defineProperty(DillError.prototype, "name", { value: "DillError", configurable: true });

const nothingMore: ErrorDetails = {};

/**
 * Makes an error that a person will debug: with the stack of the coroutine that runs into it.
 *
 * It is returned, not thrown. Never blocks.
 *
 * @param code - The error code: `"EINVAL"`.
 * @param syscall - The libdill name of the function that failed: `"ipc_connect"`.
 * @param details - A message in place of the code's meaning; or an object with that, the address or the cause.
 * @returns The error, to be thrown.
 */
export function dillError(
  code: ErrnoCode,
  syscall: string,
  details: ErrorDetails | string = nothingMore,
): DillError {
  const all = typeof details === "string" ? { message: details } : details;
  return withLongStack(() => new DillError(code, syscall, all));
}

type SignalCode = "ECANCELED" | "EPIPE" | "ETIMEDOUT";

let canceled = 0;
let pipe = 0;
let timedOut = 0;

/** As {@link numberOf}, without a lookup by name (bench: done). */
function signalNumber(code: SignalCode): number {
  if (canceled === 0) {
    canceled = numberOf("ECANCELED");
    pipe = numberOf("EPIPE");
    timedOut = numberOf("ETIMEDOUT");
  }
  return code === "ECANCELED" ? canceled : code === "EPIPE" ? pipe : timedOut;
}

/**
 * A cancellation, a deadline, the end of a channel: control flow, thrown by the hundred thousand.
 *
 * `new Error()` costs more than all the rest of a cancellation, even without a stack. So this one has
 * DillError's prototype and fields, is an instance of both classes, and never was in Error's constructor.
 */
class Signal {
  readonly code: SignalCode;
  readonly errno: number;
  readonly syscall: string;
  declare readonly address?: string;

  constructor(code: SignalCode, syscall: string, address: string | undefined) {
    this.code = code;
    this.errno = signalNumber(code);
    this.syscall = syscall;
    if (address !== undefined) this.address = address;
  }

  get message(): string {
    return messageOf(this.code, this.syscall, this.address);
  }

  set message(text: string) {
    replace(this, "message", text);
  }

  get stack(): string {
    return `DillError: ${this.message}`;
  }

  set stack(text: string) {
    replace(this, "stack", text);
  }
}

/** Test runners write into the errors they print. */
function replace(signal: Signal, name: "message" | "stack", value: string): void {
  Object.defineProperty(signal, name, { value, writable: true, configurable: true });
}

Object.setPrototypeOf(Signal.prototype, DillError.prototype);
// Whoever prints one is shown this name.
Object.defineProperty(Signal.prototype, "constructor", { value: DillError, configurable: true });

/** An error that is control flow: without a stack, if none was asked for, and some thirty times cheaper. */
export function signalError(code: SignalCode, syscall: string, address?: string): DillError {
  if (wantsStacks) return dillError(code, syscall, { address });
  const signal: unknown = new Signal(code, syscall, address);
  return signal as DillError;
}

/**
 * The error as one of another function, with the stack of whoever runs into it, and with what that was about to do. Others are
 * left as they are.
 */
export function retold(error: unknown, syscall: string, doing = ""): unknown {
  if (!(error instanceof DillError)) return error;
  const { code, address, cause } = error;
  const end = -`, ${whereOf(error.syscall, address)}`.length;
  const message = doing + error.message.slice(`${code}: `.length, end);
  return dillError(code, syscall, { address, cause, message });
}

/**
 * The function's own error with the stack of whoever runs into it, if a coroutine that did a part of its work has made the error.
 * Others are left as they are, and so is control flow, which has no stack.
 */
export function toldHere(error: unknown, syscall: string): unknown {
  return inspectSafely(() => {
    const isOwn = error instanceof DillError && error.syscall === syscall;
    return isOwn && !(error instanceof Signal) ? retold(error, syscall) : error;
  }, error);
}

/**
 * The same error as a native one, for code outside that asks for such. Others are left as they are, and so is one that
 * can't be looked at or written to.
 */
export function nativeError(error: unknown, cause?: unknown): unknown {
  return inspectSafely(
    () => (error instanceof DillError ? nativeDillError(error, cause) : error),
    error,
  );
}

function nativeDillError(error: DillError, cause: unknown): DillError {
  if (!(error instanceof Signal) || Object.hasOwn(error, "stack")) {
    if (cause !== undefined) error.cause ??= cause;
    return error;
  }
  const native = new DillError(error.code, error.syscall, { address: error.address, cause });
  if (stacksHint !== "") native.stack = withHint(native.stack ?? "");
  return native;
}

/** Before the frames, which are those of whoever passes the error on. */
function withHint(stack: string): string {
  const end = stack.indexOf("\n    at ");
  return end < 0 ? stack : `${stack.slice(0, end)}\n    (${stacksHint})${stack.slice(end)}`;
}

function messageOf(
  code: ErrnoCode,
  syscall: string,
  address?: string,
  message?: string,
  lines: readonly string[] = [],
): string {
  const what = `${code}: ${message === undefined ? meaningOf(code) : printable(message)}`;
  const list = lines.length === 0 ? [] : [...lines.map(printable), ""];
  return `${[what, ...list].join("\n")}, ${whereOf(syscall, address)}`;
}

function whereOf(syscall: string, address?: string): string {
  return address === undefined ? syscall : printable(`${syscall} '${address}'`);
}
