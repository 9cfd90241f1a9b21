// Messages that were read before a receive has asked for them: by a choose, or for a receive that had no room.
import type { Event } from "../kernel/index.js";
import type { ByteQueue } from "./byteQueue.js";
import type { BytestreamMethods } from "./bytestream.js";
import { brokenError } from "./direction.js";
import type { Reader } from "./reader.js";
import { leaveCarrier } from "./receiveWith.js";

export class ReadAhead<T> implements Reader<T> {
  private readonly reader: Reader<T>;
  private readonly frame: (message: T) => readonly Uint8Array[];
  /** Messages that were read and not received yet. */
  private readonly kept: T[] = [];
  /** What was wrong behind them. */
  private failure: { readonly error: unknown } | null = null;

  /** `frame` makes the bytes of a message again, for the bytestream that gets them back. */
  constructor(reader: Reader<T>, frame: (message: T) => readonly Uint8Array[]) {
    this.reader = reader;
    this.frame = frame;
  }

  read(bytes: ByteQueue): T | undefined {
    if (this.kept.length > 0) return this.kept.shift();
    if (this.failure !== null) throw this.failure.error;
    return this.reader.read(bytes);
  }

  get missing(): number {
    return this.reader.missing;
  }

  get givesWay(): boolean {
    return this.reader.givesWay === true;
  }

  get isBetween(): boolean {
    return this.kept.length === 0 && this.reader.isBetween;
  }

  putBack(message: T): void {
    this.kept.unshift(message);
  }

  giveBack(): Uint8Array | undefined {
    const rest = this.reader.giveBack();
    if (this.kept.length === 0) return rest;
    const whole = this.kept.splice(0).flatMap((message) => this.frame(message));
    return Buffer.concat(rest === undefined ? whole : [...whole, rest]);
  }

  /** Reads a message, or fails, ahead of the receive which gets either. True: it has done so. */
  readAhead(bytes: ByteQueue): true | undefined {
    try {
      const message = this.read(bytes);
      if (message === undefined) return undefined;
      this.putBack(message);
      return true;
    } catch (error) {
      this.failure = { error };
      return true;
    }
  }

  get hasFailed(): boolean {
    return this.failure !== null;
  }

  /** Of a bytestream that can be watched. */
  whenReadable(methods: BytestreamMethods, syscall: string): Event<void> {
    const { whenReadableWith } = methods as Required<BytestreamMethods>;
    return whenReadableWith.call(methods, new Peeking(this), syscall);
  }

  /** Nothing more is read. */
  leave(methods: BytestreamMethods, syscall: string): void {
    if (this.hasFailed) throw brokenError(syscall);
    leaveCarrier(methods, this, syscall);
  }
}

type Ahead = Pick<ReadAhead<unknown>, "readAhead" | "missing" | "givesWay" | "isBetween">;

/** Looks for a message, on behalf of the receive that will take it. */
class Peeking implements Reader<true> {
  private readonly line: Ahead;

  constructor(line: Ahead) {
    this.line = line;
  }

  read(bytes: ByteQueue): true | undefined {
    return this.line.readAhead(bytes);
  }

  get missing(): number {
    return this.line.missing;
  }

  get givesWay(): boolean {
    return this.line.givesWay;
  }

  get isBetween(): boolean {
    return this.line.isBetween;
  }

  giveBack(): undefined {}
}
