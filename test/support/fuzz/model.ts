// What libdill's state machine says about a pair of sockets, in the plainest form.
//
//   Pair ── a, b: End ── sending:   Half ── Stream (a to b) ── Half: receiving of b
//                     └─ receiving: Half ── Stream (b to a) ── Half: sending of a
//
// A half is open, done or broken. Whoever sleeps in it is a flight; a flight that has been woken stays in
// the list until its coroutine has had its turn, because only then it is known how it ended.
//
// Of a stream we know two bounds: `certain` bytes are in the kernel's hands, so they arrive; of what an
// unfinished or failed send was given (up to `offered`) any part may arrive.
import type { ErrnoCode, IpcSocket } from "libdill-ts";
import { blocked, type Task } from "#src/kernel/task.js";

export type Outcome = "ok" | ErrnoCode;

/** Somebody who went to sleep in an operation. */
export interface Flight {
  readonly half: Half;
  readonly task: Task;
  /** Where in the stream it begins, and how many bytes it moves. */
  readonly at: number;
  readonly length: number;
  readonly deadline: number;
  /** All it wants had arrived when it began. */
  readonly wasThere: boolean;
  /** The other end was closed when it began. */
  readonly wasPeerClosed: boolean;
  /** Somebody has ended its wait: it must end in one of these ways. */
  forced: readonly Outcome[] | null;
  /** Somebody came after it and was not refused, so it can't have failed in the middle. */
  mustSucceed: boolean;
  /** Whether it has been woken without its bytes, of which nobody has been told yet. */
  isCutShort(): boolean;
}

const cycle = 262_139;
/** The longest that one receive may ask for. */
export const longest = 600_000;
const pattern = makePattern();

/** Bytes on their way from one end to the other. */
export class Stream {
  readonly #start: number;
  certain = 0;
  offered = 0;
  taken = 0;
  isEnded = false;

  constructor(key: number) {
    this.#start = (key * 7919) % cycle;
  }

  /** What its bytes are, from a place on. */
  bytes(at: number, length: number): Buffer {
    const start = (this.#start + at) % cycle;
    return pattern.subarray(start, start + length);
  }
}

export class Half {
  /** Unsure: a receive was cut short, and nobody can see whether it had taken any of the bytes on their way. */
  state: "open" | "done" | "broken" | "unsure" = "open";
  flights: Flight[] = [];

  readonly stream: Stream;
  readonly isSending: boolean;

  constructor(stream: Stream, isSending: boolean) {
    this.stream = stream;
    this.isSending = isSending;
  }

  /** Who uses the direction: at most one sleeps in it. */
  sleeper(): Flight | undefined {
    return this.flights.find(isAsleep);
  }

  /** Where the next transfer begins, if all that have been woken end well. */
  get next(): number {
    const last = this.flights.findLast((flight) => !flight.isCutShort());
    const over = this.isSending ? this.stream.offered : this.stream.taken;
    return last === undefined ? over : Math.max(over, last.at + last.length);
  }

  fail(outcome: Outcome): void {
    if (outcome === "EBUSY" || outcome === "EBADF") return;
    if (this.state === "done" || this.state === "broken") return;
    const isCut = outcome === "ECANCELED" || outcome === "ETIMEDOUT";
    if (outcome === "EPIPE") this.state = "done";
    else if (this.isSending || !isCut) this.state = "broken";
    else if (this.stream.offered > this.stream.taken) this.state = "unsure";
  }

  /** The direction has been used, and so it was whole after all. */
  succeed(): void {
    if (this.state === "unsure") this.state = "open";
  }
}

export class End {
  isClosed = false;
  /** How many sleep in ipcClose on it, or are on their way there. */
  closers = 0;

  readonly name: string;
  readonly pair: Pair;
  readonly sending: Half;
  readonly receiving: Half;
  /** Null until it has been accepted. */
  handle: IpcSocket | null;

  constructor(name: string, pair: Pair, sending: Half, receiving: Half, handle: IpcSocket | null) {
    this.name = name;
    this.pair = pair;
    this.sending = sending;
    this.receiving = receiving;
    this.handle = handle;
  }

  get peer(): End {
    return this.pair.a === this ? this.pair.b : this.pair.a;
  }

  /** Nothing more will be sent; a sender who is asleep learns of it. */
  done(sleeper = this.sending.sleeper()): void {
    if (sleeper !== undefined) sleeper.forced = ["ECONNRESET"];
    this.sending.state = "done";
    this.sending.stream.isEnded = true;
  }

  /** The socket is closed; whoever sleeps in it learns of it. */
  close(sleepers = this.sleepers()): void {
    for (const flight of sleepers) flight.forced = ["EBADF"];
    this.isClosed = true;
    this.sending.stream.isEnded = true;
  }

  sleepers(): Flight[] {
    return [...this.sending.flights, ...this.receiving.flights].filter(isAsleep);
  }
}

export class Pair {
  readonly a: End;
  readonly b: End;

  readonly number: number;
  /** Most of its operations are given all the time they need. */
  readonly isCalm: boolean;

  constructor(number: number, isCalm: boolean, a: IpcSocket, b: IpcSocket | null) {
    this.number = number;
    this.isCalm = isCalm;
    const there = new Stream(number * 2);
    const back = new Stream(number * 2 + 1);
    this.a = new End(`${number}a`, this, new Half(there, true), new Half(back, false), a);
    this.b = new End(`${number}b`, this, new Half(back, true), new Half(there, false), b);
  }

  get ends(): readonly [End, End] {
    return [this.a, this.b];
  }

  get isOver(): boolean {
    return this.ends.every(
      (end) =>
        end.isClosed && end.sending.flights.length === 0 && end.receiving.flights.length === 0,
    );
  }
}

export function isAsleep(flight: Flight): boolean {
  return flight.task.state === blocked;
}

/** Whether something has happened that must end the wait, if it has not ended already. */
export function isDue(flight: Flight, peer: End, time: number): boolean {
  const { half, at, length, deadline } = flight;
  if (deadline > 0 && deadline <= time) return true;
  if (!half.isSending) return half.stream.isEnded || half.stream.certain >= at + length;
  return peer.isClosed || peer.receiving.sleeper()?.length === Infinity;
}

function makePattern(): Buffer {
  const bytes = Buffer.alloc(cycle + longest);
  let state = 1;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = i < cycle ? state >>> 16 : (bytes[i - cycle] as number);
  }
  return bytes;
}
