// The part of libdill-ts that the programs use: the model and the library both have it.

/** A coroutine's generator. */
export type Code = Generator<unknown, unknown, unknown>;

export interface Operation {
  [Symbol.iterator](): Iterator<unknown, unknown, unknown>;
}

/** A handle of go, or a task of bundleGo. */
export type Joined = number | object;

export interface Chosen {
  readonly index: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

export type LibraryClause =
  | { readonly op: "send"; readonly ch: number; readonly value: unknown }
  | { readonly op: "recv"; readonly ch: number }
  | { readonly op: "join"; readonly h: Joined }
  | { readonly op: "bundleWait"; readonly b: number }
  | { readonly op: "until"; readonly promise: number }
  | { readonly op: "abort"; readonly signal: number }
  | { readonly op: "deadline"; readonly deadline: number };

/** Promises and signals go by their number. */
export interface Library {
  now(): number;
  bundle(onError: ((error: unknown) => void) | undefined): number;
  go(code: Code): number;
  bundleGo(b: number, code: Code): Joined;
  hclose(h: number): void;
  bundleClose(b: number, deadline: number): Operation;
  bundleWait(b: number, deadline: number): Operation;
  join(h: Joined, deadline: number): Operation;
  chmake(): readonly [number, number];
  chsend(ch: number, value: unknown, deadline: number): Operation;
  chrecv(ch: number, deadline: number): Operation;
  chdone(ch: number): void;
  choose(clauses: readonly LibraryClause[], deadline: number): Operation;
  until(promise: number, deadline: number): Operation;
  msleep(deadline: number): Operation;
  yieldNow(): Operation;
  scope(body: (b: number) => Code): Operation;
  withDeadline(deadline: number, body: () => Code): Operation;
}
