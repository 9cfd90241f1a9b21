// Receiving on a ws socket as on any message socket: messages of the type that it was attached for.
import { dillError, signalError } from "../../errors/index.js";
import { Delegation, type Operation } from "../../kernel/index.js";
import {
  type BytestreamMethods,
  type ByteQueue,
  type ReadAhead,
  type ReceiveTarget,
  receiveIntoWith,
  type Returnable,
} from "../../sockets/index.js";
import { ended, type Received } from "./frameReader.js";

type Line = ReadAhead<Received | typeof ended>;

/** What they receive from. */
interface Source {
  /** Of the messages that are meant. */
  readonly type: "text" | "binary";
  readonly reading: { readonly methods: BytestreamMethods; readonly line: Line };
  receiveNext(deadline: number, syscall: string): Operation<Received | typeof ended>;
}

/** Throws if there is no message any more. */
export function notEnded(found: Received | typeof ended, syscall: string): Received {
  if (found === ended) throw signalError("EPIPE", syscall);
  return found;
}

/** Of the other type, the message is gone, as in libdill. */
function checkType(found: "text" | "binary", wanted: "text" | "binary", syscall: string): void {
  if (found === wanted) return;
  const message = `a ${found} message came where ${wanted} is meant: see wsRecv, or text at the attach`;
  throw dillError("EPROTO", syscall, { message });
}

export class ReceivingData extends Delegation<Buffer, Received | typeof ended> {
  readonly syscall: string;
  private readonly source: Source;
  private readonly deadline: number;

  constructor(source: Source, deadline: number, syscall: string) {
    super();
    this.syscall = syscall;
    this.source = source;
    this.deadline = deadline;
  }

  protected delegate(): Operation<Received | typeof ended> {
    return this.source.receiveNext(this.deadline, this.syscall);
  }

  protected result(found: Received | typeof ended): Buffer {
    const { type, data } = notEnded(found, this.syscall);
    checkType(type, this.source.type, this.syscall);
    return data;
  }

  protected copy(): ReceivingData {
    return new ReceivingData(this.source, this.deadline, this.syscall);
  }
}

/** Into buffers, a message of any type. */
abstract class Filling<T> extends Delegation<T, number> {
  readonly syscall: string;
  protected readonly source: Source;
  protected readonly targets: readonly ReceiveTarget[];
  protected readonly deadline: number;
  private data: DataOf | null = null;

  constructor(
    source: Source,
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall: string,
  ) {
    super();
    this.syscall = syscall;
    this.source = source;
    this.targets = targets;
    this.deadline = deadline;
  }

  protected delegate(): Operation<number> {
    const { methods, line } = this.source.reading;
    this.data = new DataOf(line);
    return receiveIntoWith(methods, this.data, this.targets, this.deadline, this.syscall);
  }

  /** Of the message that has filled them. */
  protected typeFound(): "text" | "binary" {
    return notEnded(this.data?.found ?? ended, this.syscall).type;
  }
}

/** For {@link wsRecvl}. */
export class ReceivingAnyInto extends Filling<{ type: "text" | "binary"; length: number }> {
  protected result(length: number): { type: "text" | "binary"; length: number } {
    return { type: this.typeFound(), length };
  }

  protected copy(): ReceivingAnyInto {
    return new ReceivingAnyInto(this.source, this.targets, this.deadline, this.syscall);
  }
}

export class ReceivingDataInto extends Filling<number> {
  protected result(length: number): number {
    checkType(this.typeFound(), this.source.type, this.syscall);
    return length;
  }

  protected copy(): ReceivingDataInto {
    return new ReceivingDataInto(this.source, this.targets, this.deadline, this.syscall);
  }
}

/** The bytes of the messages alone, of which it remembers the last one. The end is an empty one. */
class DataOf implements Returnable {
  private readonly line: Line;
  found: Received | typeof ended | undefined;

  constructor(line: Line) {
    this.line = line;
  }

  read(bytes: ByteQueue): Buffer | undefined {
    this.found = this.line.read(bytes);
    return this.found === ended ? nothing : this.found?.data;
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

  putBack(): void {
    if (this.found !== undefined) this.line.putBack(this.found);
  }
}

const nothing: Buffer = Buffer.alloc(0);
