// The bytestream interface: what hquery finds in every socket that carries bytes.
import { type Handle, type HandleType, queryHandle } from "../handles/index.js";
import type { Event, Operation } from "../kernel/index.js";
import type { ReceiveTarget } from "./iolist.js";
import type { Reader } from "./reader.js";

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
  /** Drops all that comes until the peer's end, which it reports as EPIPE. Without it, `receive` is asked for gaps. */
  drain?(deadline: number, syscall: string): Operation<void>;
  /**
   * What was sent so far is only a part. Unless {@link done} is called after all, closing is a reset, where there is
   * one. Without it, the peer can take what a copy had to leave unfinished for the whole.
   */
  tear?(): void;
  /** Whether {@link tear} has been called, and {@link done} not since. What closes in good order is `ECONNRESET` then. */
  readonly isTorn?: boolean;
  /**
   * Keeps both directions for a caller that uses them again and again: all others get EBUSY between his operations, too.
   * Throws EBUSY while a coroutine uses the bytestream. Without it, nobody else may use the bytestream meanwhile.
   */
  hold?(syscall: string): HeldBytestream;
  /**
   * Receives the next message that the reader finds; cut short, it has lost nothing. Without it, the function
   * `receiveWith` asks `receive` for as many bytes as the reader misses.
   */
  receiveWith?<T>(reader: Reader<T>, deadline: number, syscall: string): Operation<T>;
  /**
   * The message that the reader finds in what has come, so that no operation has to be made for it. undefined: `receiveWith`
   * has to be called, which waits, or says what is wrong.
   */
  takeWith?<T>(reader: Pick<Reader<T>, "read">, deadline: number, syscall: string): T | undefined;
  /** The next receive with that reader need not wait. Without it, no `choose` can wait for a message. */
  whenReadableWith?(reader: Reader<unknown>, syscall: string): Event<void>;
  /** Puts bytes first in line again. Without it, what reads messages can't be taken off in the middle of one. */
  unread?(bytes: Uint8Array): void;
  /**
   * Sends a little without waiting: at once if nobody sends, else right behind the send that is under way. If more
   * than 64 KiB wait, the outgoing direction breaks. Without it, nothing can be answered on behalf of a receiver.
   */
  post?(bytes: Uint8Array, syscall: string): void;
  /** Throws what a send would before it looks at what it is to send: EBUSY, EPIPE or ECONNRESET. */
  checkSend?(syscall: string): void;
  /** Throws EBUSY while a coroutine uses the bytestream: nothing else can be put on top of it. */
  checkIdle?(syscall: string): void;
  /** Whether a direction has failed in the middle of something. */
  readonly isBroken?: boolean;
}

/** A bytestream, for the caller that holds it. */
export interface HeldBytestream
  extends Pick<Required<BytestreamMethods>, "send" | "receiveSome" | "done"> {
  release(): void;
}

/** The type by which {@link hquery} finds {@link BytestreamMethods}. */
export const bytestreamType: HandleType<BytestreamMethods> = Symbol("bytestream");

export function bytestreamOf(s: Handle, syscall: string): BytestreamMethods {
  return queryHandle(s, bytestreamType, "a bytestream", syscall) as BytestreamMethods;
}
