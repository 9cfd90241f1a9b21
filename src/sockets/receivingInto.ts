// Receiving a message into buffers. One that does not fit in waits for another receive.
import { Delegation, type Operation } from "../kernel/index.js";
import type { ByteQueue } from "./byteQueue.js";
import type { BytestreamMethods } from "./bytestream.js";
import { fillTargets, misfit, type ReceiveTarget, roomIn } from "./iolist.js";
import type { Reader } from "./reader.js";
import { receiveWith } from "./receiveWith.js";

/** A reader that takes a message back. */
export type Returnable = Reader<Buffer> & { putBack(message: Buffer): void };

/** Says that the message is longer than there is room for. It has been put back. */
const tooLong: unique symbol = Symbol("too long");

export class ReceivingInto extends Delegation<number, Buffer | typeof tooLong> {
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

  get isBetween(): boolean {
    return this.reader.isBetween;
  }

  giveBack(): undefined {}

  putBack(message: Buffer | typeof tooLong): void {
    if (message !== tooLong) this.reader.putBack(message);
  }
}
