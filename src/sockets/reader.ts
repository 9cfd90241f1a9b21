// Readers: what takes messages out of a bytestream, however its bytes come.
//
// A bytestream of ours calls the reader with what has come, so that there is one operation for each message and no
// second buffer. From a bytestream that gives exact numbers only, so many bytes are asked for as the reader misses.
import { dillError, isErrno } from "../errors/index.js";
import { type Operation, operation, type Steps } from "../kernel/index.js";
import { brokenError } from "./direction.js";
import type { ByteQueue } from "./byteQueue.js";
import type { BytestreamMethods } from "./bytestream.js";
import { Inbox } from "./inbox.js";

/** Takes one message after the other out of a bytestream. */
export interface Reader<T> {
  /**
   * The next message, out of the bytes that have come; undefined: more is needed. What it only looks at must be less
   * than 64 KiB, because no more waits in a socket. What it throws breaks the direction, and comes to the receiver: an
   * EPROTO or EMSGSIZE made with `dillError`.
   */
  read(bytes: ByteQueue): T | undefined;
  /** How many bytes are missing at least, from 1 up. */
  readonly missing: number;
  /** Whether no message has been begun, so that the bytestream may end here. If not, its end is ECONNRESET. */
  readonly isBetween: boolean;
  /** The bytes that were taken for a message which is not complete. The reader is as new then. */
  giveBack(): Uint8Array | undefined;
  /** The message has found no taker: the next `read` is to return it again. */
  putBack?(message: T): void;
}

/**
 * Receives the next message that the reader finds.
 *
 * What has come of a message when the operation is cut short waits in the reader for the next receive.
 *
 * @param methods - The bytestream, as {@link hquery} finds it.
 * @param reader - Belongs to the one who receives here, from the first message to the last.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @param syscall - For errors: the function that was called.
 * @returns What the reader has read.
 * @throws {@link DillError}
 * - `ECONNRESET`: the bytestream has ended inside a message, it broke, or an earlier message was none.
 * - `EPIPE`: the peer will send nothing more.
 *
 * Besides, what the reader throws, and all that the bytestream's own receive throws.
 * @remarks Cancellation: nothing is lost. Nor is it after a deadline.
 */
export function receiveWith<T>(
  methods: BytestreamMethods,
  reader: Reader<T>,
  deadline: number,
  syscall: string,
): Operation<T> {
  if (methods.receiveWith !== undefined) return methods.receiveWith(reader, deadline, syscall);
  return operation(syscall, () => receiveExactly(methods, reader, deadline, syscall));
}

/** Throws unless the bytestream can be given back: EBUSY, or ECONNRESET if something has failed in the middle. */
export function checkWhole(methods: BytestreamMethods, syscall: string): void {
  methods.checkIdle?.(syscall);
  if (hasFailed(methods)) throw brokenError(syscall);
}

/** The reader reads no more: what was taken for an unfinished message belongs to whoever reads on from the bytestream. */
export function leaveCarrier(
  methods: BytestreamMethods,
  reader: Reader<unknown>,
  syscall: string,
): void {
  checkWhole(methods, syscall);
  const queue = remains.get(methods)?.queue;
  const taken = [reader.giveBack() ?? nothing, queue?.take(queue.length) ?? nothing];
  const bytes = Buffer.concat(taken);
  if (bytes.length === 0) return;
  if (methods.unread === undefined) {
    const message = "half a message has come, and the socket beneath takes no bytes back";
    throw dillError("ECONNRESET", syscall, { message });
  }
  methods.unread(bytes);
}

/** Whether what came was no message, or the bytestream has failed in the middle of something. */
export function hasFailed(methods: BytestreamMethods): boolean {
  return remains.get(methods)?.isBroken === true || methods.isBroken === true;
}

const nothing = new Uint8Array(0);

/** How many bytes of a long message are asked for at once. */
const most = 65536;

/** Of a bytestream that gives exact numbers only. */
interface Remains {
  /** What was received, and a reader has not taken yet. */
  readonly queue: Inbox;
  isBroken: boolean;
}

const remains = new WeakMap<BytestreamMethods, Remains>();

function remainsOf(methods: BytestreamMethods): Remains {
  let found = remains.get(methods);
  if (found === undefined) {
    found = { queue: new Inbox(), isBroken: false };
    remains.set(methods, found);
  }
  return found;
}

function* receiveExactly<T>(
  methods: BytestreamMethods,
  reader: Reader<T>,
  deadline: number,
  syscall: string,
): Steps<T> {
  const state = remainsOf(methods);
  const { queue } = state;
  for (;;) {
    const message = readFrom(state, reader, syscall);
    if (message !== undefined) return message;
    const bytes = Buffer.allocUnsafeSlow(Math.min(reader.missing, most));
    try {
      yield* methods.receive([bytes], deadline, syscall);
    } catch (error) {
      const isCleanEnd = reader.isBetween && queue.length === 0;
      if (isCleanEnd || !isErrno(error, "EPIPE")) throw error;
      throw tornError(syscall);
    }
    queue.add(bytes);
  }
}

function readFrom<T>(state: Remains, reader: Reader<T>, syscall: string): T | undefined {
  if (state.isBroken) throw brokenError(syscall);
  try {
    return reader.read(state.queue);
  } catch (error) {
    state.isBroken = true;
    throw error;
  }
}

function tornError(syscall: string): Error {
  return dillError("ECONNRESET", syscall, { message: endedInside });
}

/** For an end that comes where none may. */
export const endedInside = "the connection ended in the middle of a message";
