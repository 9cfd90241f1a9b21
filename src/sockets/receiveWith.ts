// Receiving with a reader from any bytestream.
//
// A bytestream of ours calls the reader with what has come, so that there is one operation for each message and no
// second buffer. Another one is asked for as many bytes as the reader misses, so that nothing behind a message is taken.
import { dillError, isErrno, retold } from "../errors/index.js";
import { type Operation, readDeadline, Rounds, type Steps } from "../kernel/index.js";
import type { BytestreamMethods } from "./bytestream.js";
import { brokenError, Direction } from "./direction.js";
import { Holding } from "./holding.js";
import { Inbox } from "./inbox.js";
import { endedInside, type Reader } from "./reader.js";

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
 * @remarks Cancellation: nothing is lost. Nor is it after a deadline. Only a bytestream of a user's that has neither
 * `receiveWith` nor `receiveSome` breaks where it is cut short inside a message.
 *
 * Source: none in libdill, whose protocols receive exact numbers of bytes.
 */
export function receiveWith<T>(
  methods: BytestreamMethods,
  reader: Reader<T>,
  deadline: number,
  syscall: string,
): Operation<T> {
  if (methods.receiveWith !== undefined) return methods.receiveWith(reader, deadline, syscall);
  return new ReceivingMissing(methods, reader, deadline, syscall);
}

/**
 * Takes back what was received and is in no message that the reader has given.
 *
 * For whoever takes a protocol off: these bytes belong to the one who reads on from the bytestream. Never blocks.
 *
 * @param methods - The bytestream, as {@link hquery} finds it.
 * @param reader - The one that was used for {@link receiveWith}.
 * @returns The bytes, for the bytestream's `unread`; none if it has stopped between two messages.
 * @throws {@link DillError}
 * - `EBUSY`: a coroutine receives with a reader from a bytestream that knows nothing of readers; nothing has changed.
 */
export function unfinished(methods: BytestreamMethods, reader: Reader<unknown>): Buffer {
  const found = remains.get(methods);
  found?.incoming.checkIdle("unfinished");
  const begun = reader.giveBack() ?? nothing;
  if (found === undefined) return Buffer.from(begun);
  const { queue } = found;
  const all = Buffer.alloc(begun.length + queue.length);
  all.set(begun);
  queue.moveTo(all, begun.length);
  return all;
}

/** Throws EBUSY while a coroutine uses the bytestream, with a reader or without. */
export function checkIdle(methods: BytestreamMethods, syscall: string): void {
  remains.get(methods)?.incoming.checkIdle(syscall);
  methods.checkIdle?.(syscall);
}

/** Whether what came was no message, or the bytestream has failed in the middle of something. */
export function hasFailed(methods: BytestreamMethods): boolean {
  return remains.get(methods)?.incoming.state === "broken" || methods.isBroken === true;
}

/** Throws unless the bytestream can be given back: EBUSY, or ECONNRESET if something has failed in the middle. */
export function checkWhole(methods: BytestreamMethods, syscall: string): void {
  checkIdle(methods, syscall);
  if (hasFailed(methods)) throw brokenError(syscall);
}

/** The reader reads no more: what was taken for an unfinished message belongs to whoever reads on from the bytestream. */
export function leaveCarrier(
  methods: BytestreamMethods,
  reader: Reader<unknown>,
  syscall: string,
): void {
  checkWhole(methods, syscall);
  const bytes = unfinished(methods, reader);
  if (bytes.length === 0) return;
  if (methods.unread === undefined) {
    const message = "half a message has come, and the socket beneath takes no bytes back";
    throw dillError("ECONNRESET", syscall, { message });
  }
  methods.unread(bytes);
}

const nothing = new Uint8Array(0);

/** How many bytes of a long message are asked for at once. */
const most = 65536;

/** Of a bytestream that knows nothing of readers. */
interface Remains {
  /** What was received, and a reader has not taken yet. */
  readonly queue: Inbox;
  readonly incoming: Direction;
}

const remains = new WeakMap<BytestreamMethods, Remains>();

function remainsOf(methods: BytestreamMethods): Remains {
  let found = remains.get(methods);
  if (found === undefined) {
    found = { queue: new Inbox(), incoming: new Direction() };
    remains.set(methods, found);
  }
  return found;
}

/** The queue is its own, too: nobody else may take from the bytestream what comes behind the bytes in there. */
class ReceivingMissing<T> extends Holding<T, T> {
  readonly syscall: string;
  private readonly methods: BytestreamMethods;
  private readonly reader: Reader<T>;
  private readonly deadline: number;

  constructor(methods: BytestreamMethods, reader: Reader<T>, deadline: number, syscall: string) {
    super();
    this.methods = methods;
    this.reader = reader;
    this.deadline = deadline;
    this.syscall = syscall;
  }

  protected seize(): Direction {
    readDeadline(this.deadline, this.syscall);
    const { incoming } = remainsOf(this.methods);
    incoming.checkUsable(this.syscall);
    return incoming;
  }

  protected *delegate(): Steps<T> {
    const { methods, reader, deadline, syscall } = this;
    const end = readDeadline(deadline, syscall);
    const rounds = new Rounds(syscall);
    const { queue, incoming } = remainsOf(methods);
    try {
      for (;;) {
        const message = readFrom(queue, reader, incoming, syscall);
        if (message !== undefined) return message;
        if (reader.givesWay !== true)
          queue.add(yield* someMissing(methods, reader.missing, deadline, syscall));
        yield* rounds.next(end);
      }
    } catch (error) {
      const isTorn = !reader.isBetween || queue.length > 0;
      if (incoming.state !== "open" || !isTorn || !isErrno(error, "EPIPE")) throw error;
      incoming.break();
      throw dillError("ECONNRESET", syscall, { message: reader.tornMessage ?? endedInside });
    }
  }

  protected result(message: T): T {
    return message;
  }

  protected copy(): ReceivingMissing<T> {
    return new ReceivingMissing(this.methods, this.reader, this.deadline, this.syscall);
  }
}

function* someMissing(
  methods: BytestreamMethods,
  missing: number,
  deadline: number,
  syscall: string,
): Steps<Buffer> {
  const count = Math.min(missing, most);
  // It loses nothing when it is cut short, unlike an exact receive.
  if (methods.receiveSome !== undefined)
    return yield* methods.receiveSome(count, deadline, syscall);
  const bytes = Buffer.allocUnsafeSlow(count);
  yield* methods.receive([bytes], deadline, syscall);
  return bytes;
}

function readFrom<T>(
  queue: Inbox,
  reader: Reader<T>,
  incoming: Direction,
  syscall: string,
): T | undefined {
  try {
    return reader.read(queue);
  } catch (error) {
    incoming.break();
    throw retold(error, syscall);
  }
}
