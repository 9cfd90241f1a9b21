// The programs that the model and the library are compared on.
//
// Variables are few and global (bundles, tasks, channel ends), so that coroutines meet. A statement that
// names an empty variable does nothing.

export type Deadline =
  | { readonly kind: "never" }
  | { readonly kind: "zero" }
  /** Counted from the last whole millisecond. */
  | { readonly kind: "in"; readonly ms: number }
  /** Counted from the beginning of the run; often past. */
  | { readonly kind: "at"; readonly ms: number };

export type Clause =
  | { readonly op: "send"; readonly end: number; readonly value: number }
  | { readonly op: "recv"; readonly end: number }
  | { readonly op: "join"; readonly task: number }
  | { readonly op: "bundleWait"; readonly bundle: number }
  | { readonly op: "until"; readonly promise: number }
  | { readonly op: "abort"; readonly signal: number }
  | { readonly op: "deadline"; readonly deadline: Deadline };

/** What a bundle does with errors: undefined keeps them, as a bundle without `onError` does. */
export type ErrorHandler = "log" | "throw" | "close" | undefined;

/** An operation or a plain function of the library. */
export type Call =
  | { readonly op: "bundle"; readonly bundle: number; readonly onError: ErrorHandler }
  | { readonly op: "go"; readonly bundle: number; readonly task: number; readonly body: Block }
  | {
      readonly op: "bundleGo";
      readonly bundle: number;
      readonly task: number;
      readonly body: Block;
    }
  | { readonly op: "hclose"; readonly bundle: number }
  | { readonly op: "bundleClose"; readonly bundle: number; readonly deadline: Deadline }
  | { readonly op: "bundleWait"; readonly bundle: number; readonly deadline: Deadline }
  | { readonly op: "join"; readonly task: number; readonly deadline: Deadline }
  | { readonly op: "chmake"; readonly channel: number }
  | {
      readonly op: "chsend";
      readonly end: number;
      readonly value: number;
      readonly deadline: Deadline;
    }
  | { readonly op: "chrecv"; readonly end: number; readonly deadline: Deadline }
  | { readonly op: "chdone"; readonly end: number }
  | { readonly op: "hcloseEnd"; readonly end: number }
  | { readonly op: "choose"; readonly clauses: readonly Clause[]; readonly deadline: Deadline }
  | { readonly op: "until"; readonly promise: number; readonly deadline: Deadline }
  | { readonly op: "msleep"; readonly deadline: Deadline }
  | { readonly op: "yield" }
  | { readonly op: "yieldNow" }
  | { readonly op: "scope"; readonly bundle: number; readonly body: Block }
  | { readonly op: "withDeadline"; readonly deadline: Deadline; readonly body: Block };

export type Statement =
  /** `swallows`: the coroutine catches whatever the call throws, and goes on. */
  | { readonly kind: "call"; readonly call: Call; readonly swallows: boolean }
  | { readonly kind: "throw"; readonly what: "error" | "primitive" }
  | { readonly kind: "return"; readonly value: number }
  | {
      readonly kind: "try";
      readonly body: Block;
      /** Undefined: there is no catch. */
      readonly handler: Block | undefined;
      readonly rethrows: boolean;
      readonly cleanup: Block;
    };

export type Block = readonly Statement[];

/** A promise or a signal of the outside world. */
export interface Outside {
  /** When it settles, or is aborted; Infinity: never. */
  readonly at: number;
  readonly isRejected: boolean;
}

export interface Program {
  readonly main: Block;
  /** When the signal given to `run` is aborted; Infinity: no signal is given. */
  readonly abortAt: number;
  readonly grace: number;
  readonly promises: readonly Outside[];
  readonly signals: readonly Outside[];
}

export const bundleCount = 3;
export const taskCount = 3;
export const channelCount = 2;
export const promiseCount = 2;
export const signalCount = 1;

/** When the run begins; `now()` is large. */
export const epoch = 1_000_000;

/**
 * The moments of the outside world differ from each other and from all deadlines: which of two things
 * that come at the same moment is told first is nobody's promise.
 */
export function outsideMoment(at: number, rank: number): number {
  return epoch + at + 0.5 + rank / 64;
}

/**
 * A deadline as the library takes it. A wait for the outside has its deadlines between those of the others and
 * never in the past: whether a promise has settled can't be seen at once.
 */
export function pointInTime(deadline: Deadline, now: number, isOutside: boolean): number {
  const millisecond = Math.floor(now);
  const point = (at: number): number => (isOutside ? Math.max(at, millisecond + 1) + 0.25 : at);
  switch (deadline.kind) {
    case "never":
      return -1;
    case "zero":
      return isOutside ? point(0) : 0;
    case "in":
      return point(millisecond + deadline.ms);
    case "at":
      return point(epoch + deadline.ms);
  }
}
