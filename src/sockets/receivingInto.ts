// Receiving a message into buffers. One that does not fit in waits for another receive.
import { Delegation, type Operation } from "../kernel/index.js";
import type { ByteQueue } from "./byteQueue.js";
import type { BytestreamMethods } from "./bytestream.js";
import { fillTargets, misfit, type ReceiveTarget, roomIn } from "./iolist.js";
import type { Reader } from "./reader.js";
import { receiveWith } from "./receiveWith.js";

/** A reader that takes a message back. */
export type Returnable = Reader<Buffer> & { putBack(message: Buffer): void };

/**
 * Receives the next message that the reader finds into buffers, as {@link mrecvl} does.
 *
 * A message that is too long stays in the reader from the moment in which it is found, so that nobody receives what is
 * behind it first.
 *
 * @param methods - The bytestream, as {@link hquery} finds it.
 * @param reader - As for {@link receiveWith}; it takes a message back.
 * @param targets - What is to be filled.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @param syscall - For errors: the function that was called.
 * @returns How long the message was.
 * @throws {@link DillError}
 * - `EMSGSIZE`: the message is longer than there is room for; it is the next one again.
 *
 * Besides, all that {@link receiveWith} throws.
 * @remarks Cancellation: as for {@link receiveWith}.
 *
 * Source: none in libdill, whose protocols have one function for each way to receive.
 */
export function receiveIntoWith(
  methods: BytestreamMethods,
  reader: Returnable,
  targets: readonly ReceiveTarget[],
  deadline: number,
  syscall: string,
): Operation<number> {
  return new ReceivingInto(methods, reader, targets, deadline, syscall);
}

/** Says that the message is longer than there is room for. It has been put back. */
const tooLong: unique symbol = Symbol("too long");

class ReceivingInto extends Delegation<number, Buffer | typeof tooLong> {
  readonly syscall: string;
  private readonly methods: BytestreamMethods;
  private readonly reader: Returnable;
  private readonly targets: readonly ReceiveTarget[];
  private readonly deadline: number;
  private room = 0;

  constructor(
    methods: BytestreamMethods,
    reader: Returnable,
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall: string,
  ) {
    super();
    this.syscall = syscall;
    this.methods = methods;
    this.reader = reader;
    this.targets = targets;
    this.deadline = deadline;
  }

  protected delegate(): Operation<Buffer | typeof tooLong> {
    this.room = roomIn(this.targets);
    const reader = new Fitting(this.reader, this.targets);
    return receiveWith(this.methods, reader, this.deadline, this.syscall);
  }

  protected result(message: Buffer | typeof tooLong): number {
    const isKept = message === tooLong;
    const length = isKept ? Infinity : message.length;
    const error = misfit(this.targets, this.room, length, this.syscall);
    if (error === undefined) return isKept ? 0 : fillTargets(this.targets, message);
    if (!isKept) this.reader.putBack(message);
    throw error;
  }

  protected copy(): ReceivingInto {
    const { methods, reader, targets, deadline, syscall } = this;
    return new ReceivingInto(methods, reader, targets, deadline, syscall);
  }
}

class Fitting implements Reader<Buffer | typeof tooLong> {
  private readonly reader: Returnable;
  private readonly targets: readonly ReceiveTarget[];

  constructor(reader: Returnable, targets: readonly ReceiveTarget[]) {
    this.reader = reader;
    this.targets = targets;
  }

  read(bytes: ByteQueue): Buffer | typeof tooLong | undefined {
    const message = this.reader.read(bytes);
    if (message === undefined || message.length <= roomIn(this.targets)) return message;
    this.reader.putBack(message);
    return tooLong;
  }

  get missing(): number {
    return this.reader.missing;
  }

  get givesWay(): boolean {
    return this.reader.givesWay === true;
  }

  get isBetween(): boolean {
    return this.reader.isBetween;
  }

  giveBack(): undefined {}

  putBack(message: Buffer | typeof tooLong): void {
    if (message !== tooLong) this.reader.putBack(message);
  }
}
