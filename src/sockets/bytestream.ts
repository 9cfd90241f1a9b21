// The bytestream interface: what hquery finds in every socket that carries bytes.
import { type Handle, type HandleType, queryHandle } from "../handles/index.js";
import type { Operation } from "../kernel/index.js";
import type { ReceiveTarget } from "./iolist.js";

declare const carriesBytes: unique symbol;

/** Handle of a socket that carries bytes: what {@link bsend} and {@link brecv} take. */
export type Bytestream = Handle & { readonly [carriesBytes]: true };

/**
 * What the maker of a bytestream implements. `syscall` is for errors: the function that was called, such
 * as `"bsendl"`.
 */
export interface BytestreamMethods {
  /** Sends all of the bytes, or none that count. */
  send(list: readonly Uint8Array[], deadline: number, syscall?: string): Operation<void>;
  /** Fills each buffer, and drops the bytes of each gap. */
  receive(list: readonly ReceiveTarget[], deadline: number, syscall?: string): Operation<void>;
  /**
   * Takes some of the bytes that have come: at least one, and at most so many, or into the buffer, of which
   * it returns the filled part. Without it, `brecvSome` is `ENOTSUP`.
   */
  receiveSome?(into: number | Uint8Array, deadline: number, syscall?: string): Operation<Buffer>;
  /** Nothing more will be sent. Without it, the peer learns of the end only when the handle is closed. */
  done?(syscall: string): void;
}

/** The type by which {@link hquery} finds {@link BytestreamMethods}. */
export const bytestreamType: HandleType<BytestreamMethods> = Symbol("bytestream");

export function bytestreamOf(s: Handle, syscall: string): BytestreamMethods {
  return queryHandle(s, bytestreamType, "a bytestream", syscall) as BytestreamMethods;
}
