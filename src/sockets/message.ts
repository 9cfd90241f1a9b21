// The message interface: what hquery finds in every socket that carries messages.
import { type Handle, type HandleType, queryHandle } from "../handles/index.js";
import type { Operation } from "../kernel/index.js";
import type { ReceiveTarget } from "./iolist.js";

declare const carriesMessages: unique symbol;

/** Handle of a socket that carries messages: what {@link msend} and {@link mrecv} take. */
export type MessageSocket = Handle & { readonly [carriesMessages]: true };

/**
 * What the maker of a message socket implements. `syscall` is for errors: the function that was called, such as
 * `"msendl"`.
 */
export interface MessageMethods {
  /** Sends the buffers as one message. */
  send(list: readonly Uint8Array[], deadline: number, syscall?: string): Operation<void>;
  /** The next message, in a buffer of the caller's own. */
  receive(deadline: number, syscall?: string): Operation<Buffer>;
  /** The next message, if it has come. undefined: `receive` has to be called, which waits, or says what is wrong. */
  take?(deadline: number, syscall: string): Buffer | undefined;
  /**
   * Fills the targets with the next message, and returns its length. If it is longer, that is EMSGSIZE, and the message
   * stays for a receive with more room.
   */
  receiveInto(
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall?: string,
  ): Operation<number>;
  /** Throws what a send would before it looks at what it is to send: EBUSY, EPIPE or ECONNRESET. */
  checkSend?(syscall: string): void;
  /** Throws EBUSY while a coroutine uses the socket: nothing else can be put on top of it. */
  checkIdle?(syscall: string): void;
  /** Whether a direction has failed in the middle of something. */
  readonly isBroken?: boolean;
}

/** The type by which {@link hquery} finds {@link MessageMethods}. */
export const messageType: HandleType<MessageMethods> = Symbol("message socket");

export function messageOf(s: Handle, syscall: string): MessageMethods {
  return queryHandle(s, messageType, "a message socket", syscall) as MessageMethods;
}
