// What the tables of operations say about each.
import type { Coroutine, Operation } from "libdill-ts";

/** What `yield*` takes in a coroutine. */
export type Waits = Operation<unknown> | Coroutine<unknown>;

/** All that is needed to wait in an operation once, or, if it is cut short each time, again and again. */
export interface Waiting {
  /** The operation, a new one each time. Nothing has happened before the `yield*`. It waits for long, unless told. */
  readonly op: (deadline?: number) => Waits;
  /** Lets the wait succeed. There is none for what only the clock ends. */
  readonly release?: () => Waits;
  /** Closes what it was made of. */
  readonly close: () => void;
}

export interface OperationCase {
  readonly name: string;
  /** A coroutine that is told while it waits gets ECANCELED here. If not, it gets its result, and ECANCELED next. */
  readonly isCutShort: boolean;
  /** Once it was released, the result is there and its coroutine has not run yet; elsewhere the outside has to act. */
  readonly isExact: boolean;
  /** It is an object of the library; a bare `yield` is not. */
  readonly isObject: boolean;
  /** Once it was cut short, another one can still succeed: it has left its direction whole. */
  readonly isRepeatable: boolean;
  /** Its handle is gone from its first step on. */
  readonly takesHandle: boolean;
  /** Its result is a handle. */
  readonly makesHandle: boolean;
  /** What it needs is a file, a program or a resolver: a simulation has none. */
  readonly isReal: boolean;
  /** Makes what it needs. */
  readonly set: () => Coroutine<Waiting>;
}

type Kind = Omit<OperationCase, "name" | "set">;

export const usual: Kind = {
  isCutShort: true,
  isExact: true,
  isObject: true,
  isRepeatable: true,
  takesHandle: false,
  makesHandle: false,
  isReal: false,
};
export const fromOutside: Kind = { ...usual, isExact: false };
export const fromKernel: Kind = { ...fromOutside, isReal: true };
