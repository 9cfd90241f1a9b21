// One direction of a copy.
//
//   receiving ──▶ sending      what was taken is nobody else's: only the end of the whole copy cuts it off
//      │  ▲──────────┘
//      ├──▶ ended              the source's end was passed on
//      └──▶ failed             the other direction hurries: it takes what is there, and waits for no more
import { isErrno } from "../errors/index.js";
import { hclose } from "../handles/index.js";
import { type Coroutine, Rounds } from "../kernel/index.js";
import { type Bundle, bundle, bundleGo, type BundleTask, now } from "../runtime/index.js";
import type { Side } from "./side.js";

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
  private readonly source: Side;
  private readonly target: Side;
  private readonly terms: Terms;
  private readonly passed: (count: number) => void;
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

  constructor(source: Side, target: Side, terms: Terms, passed: (count: number) => void) {
    this.source = source;
    this.target = target;
    this.terms = terms;
    this.passed = passed;
  }

  /** Until its end has been passed on, it is a part: also for the peer of a target that is closed meanwhile. */
  tear(): void {
    if (this.target.canEnd) this.target.tear();
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

  /** The copy is over: what is left of it belongs to the source again. */
  giveBack(): void {
    if (this.taken !== undefined && !this.target.isBroken) this.source.unread(this.taken);
  }

  /** A target that can't be told an end can't be told that it is no part after all. */
  leaveTorn(): void {
    if (!this.target.canEnd && !this.hasEnded) this.target.tear();
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
    const { failures } = this.terms;
    try {
      if (!(yield* this.passOn())) return;
      this.target.done();
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
      if (bytes === null) return true;
      this.taken = bytes;
      if (this.isCut) return false;
      yield* this.send(bytes);
      yield* rounds.next(this.isHurried ? 0 : deadline);
    }
    return false;
  }

  /** Null: the end. */
  private *receive(): Coroutine<Buffer | null> {
    this.isReceiving = true;
    try {
      return yield* this.source.receive(this.buffer, this.isHurried ? 0 : this.terms.deadline);
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error;
      return null;
    } finally {
      this.isReceiving = false;
    }
  }

  private *send(bytes: Buffer): Coroutine {
    const { deadline, pieceSize } = this.terms;
    for (let rest = bytes; rest.length > 0; rest = rest.subarray(pieceSize)) {
      const piece = rest.subarray(0, pieceSize);
      this.taken = rest;
      yield* this.target.send(piece, deadline);
      this.count += piece.length;
      this.lastMoved = now();
      this.passed(piece.length);
    }
    this.taken = undefined;
  }
}
