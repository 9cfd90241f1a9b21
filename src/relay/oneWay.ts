// One direction of a copy.
//
//   receiving ──▶ sending      what was taken is nobody else's: only the end of the whole copy cuts it off
//      │  ▲──────────┘
//      ├──▶ ended              the source's end was passed on
//      └──▶ failed             the other direction hurries: it takes what is there, and waits for no more
import { dillError, isErrno } from "../errors/index.js";
import { hclose, resourceOf } from "../handles/index.js";
import { type Coroutine, Rounds } from "../kernel/index.js";
import { type Bundle, bundle, bundleGo, type BundleTask, now } from "../runtime/index.js";
import { type Bytestream, type BytestreamMethods, bytestreamOf } from "../sockets/index.js";

export const bufferSize = 65536;

/** What both directions share. */
export interface Terms {
  readonly syscall: string;
  readonly deadline: number;
  /** How many bytes are sent at a time: once they are, something has moved. */
  readonly pieceSize: number;
  /** What has failed, in order; not what came of that. */
  readonly failures: unknown[];
}

export class OneWay {
  private readonly source: Bytestream;
  private readonly from: BytestreamMethods;
  private readonly to: BytestreamMethods;
  private readonly terms: Terms;
  private readonly buffer = Buffer.allocUnsafeSlow(bufferSize);
  /** What was received and not sent. */
  private taken: Buffer | undefined;
  private running: Bundle | undefined;
  private isReceiving = false;
  private isHurried = false;
  /** Its coroutine is to end, and what comes of that is nobody's. */
  private isCut = false;
  private hasEnded = false;
  count = 0;
  lastMoved: number = now();

  constructor(source: Bytestream, target: Bytestream, terms: Terms) {
    this.source = source;
    this.from = bytestreamOf(source, terms.syscall);
    this.to = bytestreamOf(target, terms.syscall);
    this.terms = terms;
    if (this.from.receiveSome === undefined) {
      const message = "this bytestream gives its bytes only all at once";
      throw dillError("ENOTSUP", terms.syscall, { message });
    }
    this.from.checkIdle?.(terms.syscall);
  }

  start(other: OneWay): BundleTask<void> {
    this.running = bundle();
    return bundleGo(this.running, this.run(other));
  }

  /** Nothing of it is to be a failure any more. */
  cut(): void {
    this.isCut = true;
  }

  close(): void {
    const { running } = this;
    this.running = undefined;
    if (running !== undefined) hclose(running);
  }

  /** The copy is over. A target that has not been told the end must not tell its peer one. */
  leave(): void {
    // A send that was refused has sent nothing; one that was cut in the middle has broken the direction.
    if (this.taken !== undefined && this.to.isBroken !== true) this.from.unread?.(this.taken);
    if (!this.hasEnded) this.to.tear?.();
  }

  private *run(other: OneWay): Coroutine {
    yield* this.copy();
    if (!this.hasEnded && !this.isCut) yield* other.hurry();
  }

  /** The other direction has failed. Its coroutine carries on with this one, if that would wait for more to come. */
  private *hurry(): Coroutine {
    this.isHurried = true;
    if (!this.isReceiving) return;
    this.cut();
    this.close();
    this.isCut = false;
    if (!this.hasEnded) yield* this.copy();
  }

  private *copy(): Coroutine {
    const { syscall, failures } = this.terms;
    try {
      if (!(yield* this.passOn())) return;
      this.passEnd(syscall);
      this.hasEnded = true;
    } catch (error) {
      const isConsequence = this.isHurried && isErrno(error);
      if (!this.isCut && !isConsequence) failures.push(error);
    }
  }

  /** True: all of it, up to the end. */
  private *passOn(): Coroutine<boolean> {
    const { syscall, deadline } = this.terms;
    const rounds = new Rounds(syscall);
    while (!this.isCut) {
      const bytes = this.taken ?? (yield* this.receive());
      if (bytes === undefined) return true;
      this.taken = bytes;
      if (this.isCut) return false;
      yield* this.send(bytes);
      yield* rounds.next(this.isHurried ? 0 : deadline);
      resourceOf(this.source, syscall); // a bytestream that never waits is told of nothing
    }
    return false;
  }

  /** Undefined: the end. */
  private *receive(): Coroutine<Buffer | undefined> {
    const { syscall, deadline } = this.terms;
    const from = this.from as Required<BytestreamMethods>;
    this.isReceiving = true;
    try {
      return yield* from.receiveSome(this.buffer, this.isHurried ? 0 : deadline, syscall);
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error;
      return undefined;
    } finally {
      this.isReceiving = false;
    }
  }

  private *send(bytes: Buffer): Coroutine {
    const { syscall, deadline, pieceSize } = this.terms;
    for (let rest = bytes; rest.length > 0; rest = rest.subarray(pieceSize)) {
      const piece = rest.subarray(0, pieceSize);
      this.taken = rest;
      yield* this.to.send([piece], deadline, syscall);
      this.count += piece.length;
      this.lastMoved = now();
    }
    this.taken = undefined;
  }

  private passEnd(syscall: string): void {
    try {
      this.to.done?.(syscall);
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error; // somebody has said so before
    }
  }
}
