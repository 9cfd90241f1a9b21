// Receiving through TLS: the carrier's receive shows its bytes to a reader that decrypts them for the reader above.
import { dillError, signalError } from "../../errors/index.js";
import type { TlsEngine } from "../../host/tls/index.js";
import { Delegation, type Operation, type Step } from "../../kernel/index.js";
import {
  brokenError,
  type ByteQueue,
  type BytestreamMethods,
  type Direction,
  endedInside,
  type Reader,
  type ReceiveTarget,
  receiveWith,
} from "../../sockets/index.js";
import { Filling, nothing, Some, type Tearable } from "./filling.js";
import { missingFor } from "./records.js";

/** How many records are decrypted in one go: those of a byte come by thousands in one chunk. */
const mostRecords = 64;

/** A TLS socket, as far as receiving knows it. */
export interface Decrypter extends Tearable {
  readonly methods: BytestreamMethods;
  readonly engine: TlsEngine;
  /** Who holds it. Whoever uses it is known beneath. */
  readonly incoming: Direction;
  readonly allowTruncation: boolean;
  /** A receiver was told that the peer has ended. */
  hasEnded: boolean;
  passRecord(bytes: ByteQueue): boolean;
  checkEngine(syscall: string): void;
}

/**
 * What has come; null: the peer has said that it will send nothing more. For the carrier that is a message like others, because it does
 * not end with TLS. It is wrapped, because the message may be that of another TLS on top.
 */
type Taken<T> = { readonly message: T } | null;

class Decryption<T, R extends Pick<Reader<T>, "read" | "givesWay">> {
  protected readonly tls: Decrypter;
  protected readonly reader: R;
  missing = 1;
  givesWay = false;

  constructor(tls: Decrypter, reader: R) {
    this.tls = tls;
    this.reader = reader;
  }

  read(bytes: ByteQueue): Taken<T> | undefined {
    const { tls, reader } = this;
    if (tls.torn !== null && tls.torn !== reader) throw brokenError("brecv");
    this.givesWay = false;
    for (let records = this.decryptAhead(bytes); ; records++) {
      const message = reader.read(tls.plain);
      if (message !== undefined) return { message };
      if (reader.givesWay === true) break;
      if (tls.engine.hasEnded) return null;
      tls.checkEngine("brecv");
      if (records >= mostRecords) break;
      if (tls.passRecord(bytes)) continue;
      this.missing = missingFor(bytes);
      return undefined;
    }
    this.givesWay = true;
    return undefined;
  }

  /** As much as one receive can take, where it would be content with less. Returns how many records that took. */
  private decryptAhead(bytes: ByteQueue): number {
    const { tls } = this;
    const most = this.reader instanceof Some ? this.reader.most : 0;
    let records = 0;
    while (tls.plain.length < most && !tls.engine.hasEnded && tls.engine.failure === null) {
      if (records >= mostRecords || !tls.passRecord(bytes)) break;
      records += 1;
    }
    return records;
  }
}

class Decrypting<T> extends Decryption<T, Reader<T>> implements Reader<Taken<T>> {
  get tornMessage(): string | undefined {
    if (this.tls.allowTruncation) return undefined;
    return "the connection ended without TLS's farewell: it was cut off, the peer has refused our certificate, or it never says it (see allowTruncation)";
  }

  get isBetween(): boolean {
    return this.tls.allowTruncation && this.tls.plain.length === 0 && this.reader.isBetween;
  }

  /** A record is taken as a whole, so that none is unfinished here. */
  giveBack(): undefined {}

  putBack(taken: Taken<T>): void {
    if (taken !== null) this.reader.putBack?.(taken.message);
  }
}

/** Looks for what another receive will take: also for the error that it will get, which the engine keeps. */
export class Peeking<T> extends Decrypting<T> {
  override read(bytes: ByteQueue): Taken<T> | undefined {
    try {
      return super.read(bytes);
    } catch {
      return null;
    }
  }
}

/** What has come, if nobody has to wait for it. Behind the peer's end, nothing: the receive tells. */
export function takeThrough<T>(
  tls: Decrypter,
  reader: Pick<Reader<T>, "read">,
  deadline: number,
  syscall: string,
  by: object | null = null,
): Taken<T> | undefined {
  tls.incoming.checkFree(syscall, by);
  if (tls.hasEnded || tls.methods.takeWith === undefined) return undefined;
  return tls.methods.takeWith(new Decryption<T, typeof reader>(tls, reader), deadline, syscall);
}

abstract class Through<R, T> extends Delegation<R, Taken<T>> {
  readonly syscall: string;
  protected readonly tls: Decrypter;
  protected readonly reader: Reader<T>;
  protected readonly deadline: number;
  protected readonly by: object | null;

  constructor(
    tls: Decrypter,
    reader: Reader<T>,
    deadline: number,
    syscall: string,
    by: object | null = null,
  ) {
    super();
    this.by = by;
    this.tls = tls;
    this.reader = reader;
    this.deadline = deadline;
    this.syscall = syscall;
  }

  protected abstract found(message: T): R;

  protected override begin(): Step<R> {
    const { tls, reader, deadline, syscall } = this;
    const taken = takeThrough(tls, reader, deadline, syscall, this.by);
    if (tls.hasEnded) throw signalError("EPIPE", syscall);
    return taken === undefined ? super.begin() : this.complete(this.result(taken));
  }

  protected delegate(): Operation<Taken<T>> {
    const { tls, reader, deadline, syscall } = this;
    return receiveWith(tls.methods, new Decrypting(tls, reader), deadline, syscall);
  }

  protected result(taken: Taken<T>): R {
    if (taken?.message === nothing) {
      const why = "the buffer's memory was given away meanwhile";
      throw dillError("EINVAL", this.syscall, { message: why });
    }
    if (taken !== null) return this.found(taken.message);
    if (this.reader.isBetween && this.tls.plain.length === 0) {
      this.tls.hasEnded = true;
      throw signalError("EPIPE", this.syscall);
    }
    const why = this.reader.tornMessage ?? endedInside;
    throw dillError("ECONNRESET", this.syscall, { message: why });
  }
}

/** Receives what the reader reads. */
export class TlsReceiving<T> extends Through<T, T> {
  protected found(message: T): T {
    return message;
  }

  protected copy(): TlsReceiving<T> {
    return new TlsReceiving(this.tls, this.reader, this.deadline, this.syscall, this.by);
  }
}

/** Receives into buffers. */
export class TlsFilling extends Through<void, true> {
  private readonly list: readonly ReceiveTarget[];

  constructor(tls: Decrypter, list: readonly ReceiveTarget[], deadline: number, syscall: string) {
    super(tls, new Filling(tls, list), deadline, syscall);
    this.list = list;
  }

  protected found(): void {}

  protected copy(): TlsFilling {
    return new TlsFilling(this.tls, this.list, this.deadline, this.syscall);
  }
}

/** Reads the records of a handshake, one at a time. */
export class Greeting implements Reader<true> {
  private readonly tls: Decrypter;
  missing = 1;
  readonly isBetween = false;
  readonly tornMessage = "the connection ended during the handshake";

  constructor(tls: Decrypter) {
    this.tls = tls;
  }

  read(bytes: ByteQueue): true | undefined {
    if (this.tls.passRecord(bytes)) return true;
    this.missing = missingFor(bytes);
    return undefined;
  }

  giveBack(): undefined {}
}
