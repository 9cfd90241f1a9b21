// The clauses of a choose, and the types of what comes of them.
import type { DillError } from "../errors/index.js";
import type { Handle } from "../handles/index.js";
import type { Bundle, Joinable } from "../runtime/index.js";
import type { Channel } from "./channel.js";

/** Send `value` through `ch`. */
export interface SendClause<S = never> {
  readonly op: "send";
  readonly ch: Channel<S, unknown>;
  readonly value: S;
}

/** Receive from `ch`. */
export interface ReceiveClause<R = unknown> {
  readonly op: "recv";
  readonly ch: Channel<never, R>;
}

/** Wait for a coroutine's end; its error is the result's, and the bundle does not throw it any more. */
export interface JoinClause<T = unknown> {
  readonly op: "join";
  readonly h: Joinable<T>;
}

/** Wait until all coroutines of a bundle have ended; an error that escaped one of them is the result's. */
export interface BundleWaitClause {
  readonly op: "bundleWait";
  readonly b: Bundle;
}

/** Wait for a promise; its reason is the result's error. */
export interface UntilClause<T = unknown> {
  readonly op: "until";
  readonly promise: PromiseLike<T>;
}

/** Wait until a signal is aborted; its reason is the value. */
export interface AbortClause {
  readonly op: "abort";
  readonly signal: AbortSignal;
}

/** Wait until a receive from the socket, or an accept, would not have to. Nothing has been received then. */
export interface ReadableClause {
  readonly op: "readable";
  readonly s: Handle;
}

/** Wait until a point in time. Unlike the deadline of the whole, it is no error when it comes. */
export interface DeadlineClause {
  readonly op: "deadline";
  readonly deadline: number;
}

/** One of the things besides messages that {@link choose} may wait for. */
export type WaitClause<T = unknown> =
  | JoinClause<T>
  | BundleWaitClause
  | UntilClause<T>
  | AbortClause
  | ReadableClause
  | DeadlineClause;

/**
 * Any clause of a {@link choose}: for a list that grows, `const clauses: ChooseClause[] = []`. With the types of what its
 * channels carry, `ChooseClause<number>`, it is a message's clause, whose value is checked and whose result has a type; so a
 * list may hold `(ChooseClause<number> | WaitClause)[]`.
 */
export type ChooseClause<S = unknown, R = unknown> = [unknown] extends [S]
  ? AnyClause
  : SendClause<S> | ReceiveClause<R>;

/** A message's clause, of which nobody has checked whether its value fits its channel. */
export type MessageClause =
  | ReceiveClause
  | { readonly op: "send"; readonly ch: Channel<never, unknown>; readonly value: unknown };

export type AnyClause = MessageClause | WaitClause;

/**
 * The clause that it should be: with a value that fits its channel, and with a handle that can be readable. Handles of a
 * user's own type may be; only those are refused that never are.
 */
type CheckedClause<C> = C extends {
  readonly op: "send";
  readonly ch: Channel<infer S, infer _R>;
}
  ? { readonly op: "send"; readonly ch: C["ch"]; readonly value: S }
  : C extends { readonly op: "readable"; readonly s: Channel<never, unknown> | Bundle }
    ? { readonly op: "readable"; readonly s: Handle<"socket" | "listener"> }
    : C;

/**
 * The list that it should be. Of a list that grows, the compiler knows no single clause. Don't intersect it with C: where
 * a clause is wrong, that would be never, and the message would not say what was expected.
 */
export type CheckedClauses<C extends readonly AnyClause[]> = number extends C["length"]
  ? C
  : { readonly [K in keyof C]: CheckedClause<C[K]> };

type ValueOf<C> = C extends { readonly op: "recv"; readonly ch: Channel<infer _S, infer R> }
  ? R
  : C extends { readonly op: "join"; readonly h: Joinable<infer T> }
    ? T
    : C extends { readonly op: "until"; readonly promise: PromiseLike<infer T> }
      ? T
      : C extends { readonly op: "abort" }
        ? unknown
        : undefined;

/** What may go wrong with a clause once it is chosen: a channel's end, or whatever somebody threw. */
type ErrorOf<C> = C extends { readonly op: "send" | "recv" }
  ? DillError
  : C extends { readonly op: "join" | "bundleWait" | "until" }
    ? Thrown
    : never;

/** Anything but nothing. */
type Thrown = object | string | number | bigint | boolean | symbol;

type ResultAt<I extends number, C> =
  | { readonly index: I; readonly value: ValueOf<C>; readonly error?: undefined }
  | (ErrorOf<C> extends never
      ? never
      : { readonly index: I; readonly value?: undefined; readonly error: ErrorOf<C> });

/** Which clause of the list was carried out, and what came of it. */
export type ChooseResult<C extends readonly AnyClause[]> = number extends C["length"]
  ? ResultAt<number, C[number]>
  : {
      [K in keyof C]: K extends `${infer I extends number}` ? ResultAt<I, C[K]> : never;
    }[number];
