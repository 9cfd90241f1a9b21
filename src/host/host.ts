// The one door to the outside: what the house needs from the world. Node's is in node/; another host
// (a virtual clock, sockets in memory) is another folder with the same interface.
import type { ErrnoCode } from "../errors/index.js";

/** Clock, alarm, turns and sockets. Every callback comes from the outside, never from inside the call. */
export interface Host {
  /** Monotonic clock in milliseconds, large and positive. */
  now(): number;
  /** Sets the only alarm there is, in place of the one before; `Infinity` is none. May ring early. */
  setAlarm(at: number, ring: () => void): void;
  /** Runs the job once the code that runs now has ended, before any I/O. */
  microtask(job: () => void): void;
  /** Runs the job after the process's other timers and I/O have had a turn. */
  macrotask(job: () => void): void;
  /** Runs the job when all I/O that is possible at the time of the call has been reported. */
  afterPoll(job: () => void): void;
  /** Runs the job after so many milliseconds; the function returned prevents it. */
  after(delay: number, job: () => void): () => void;
  /** As `after`, but the timer keeps no process alive: when that ends first, the job does not run. */
  afterUnref(delay: number, job: () => void): () => void;
  /** A number from 0 up to 1: jitter, and in tests the choice that can be replayed. */
  random(): number;
  /** Keeps the process alive until the function returned is called. */
  keepAlive(): () => void;
  /** A run is about to start; the function returned is called once its first step is done. */
  runStarts(): () => void;
  /** Coroutines are about to run, and have run. */
  turnStarts(): void;
  turnEnds(): void;
  /** A run has ended. After the last one nothing may be left behind. */
  runEnds(isLast: boolean): void;
  /**
   * Nobody waits for a timer or I/O of ours: reports, once, when nothing else in the process is left
   * that could call us either. With `mustBeCertain`, not even timers set around run() are ruled out.
   * Returns how to stop watching.
   */
  watchForDeadlock(report: () => void, mustBeCertain: boolean): () => void;
  /** The context of the code that runs now; null as long as nobody in the process uses any. */
  asyncContext(): AsyncContext | null;
  blankContext(): AsyncContext | null;
  /** Tells whoever runs the process what no caller can be told. */
  warn(code: string, message: string): void;
  readonly sockets: LocalSockets;
}

/** What follows a call through all that it starts, as the values of AsyncLocalStorage do. */
export interface AsyncContext {
  /** Calls the job in this context. */
  runInAsyncScope<T>(job: (this: T) => void, receiver: T): void;
}

/** Why something of the system's failed, in our words. */
export interface Failure {
  readonly code: ErrnoCode;
  /** The error as the system's library gave it. */
  readonly cause?: unknown;
  /** What was found, where that says more than the code. */
  readonly message?: string | undefined;
}

/** Sockets on this machine's file system. Nothing here waits: what takes time tells its events. */
export interface LocalSockets {
  /** How many bytes the path of a socket file may have. */
  readonly longestPath: number;
  /** Where relative paths start now; empty if that can't be told. */
  directory(): string;
  /** Why the system has no descriptor for another connection, if it has none. */
  lackOfDescriptors(): Failure | undefined;
  /** One attempt to connect. `EAGAIN`: the listener's backlog is full. */
  connect(path: string, events: ConnectEvents): HostSocket;
  listen(path: string, options: ListenOptions, events: ListenEvents): HostListener;
  pair(events: PairEvents): { close(): void };
  /** Takes over a connected socket of the system's. Throws nothing: it returns the failure. */
  adopt(fd: number): HostSocket | Failure;
  adoptListener(fd: number, events: ListenEvents): HostListener | Failure;
}

export interface ConnectEvents {
  connected(): void;
  refused(failure: Failure | "EAGAIN"): void;
}

export interface ListenOptions {
  readonly backlog: number;
  /** Permission bits of the socket file, from the moment on in which it can be found. */
  readonly mode: number;
  /** Takes the place of a socket file that nobody listens on. */
  readonly unlinkStale: boolean;
}

export interface ListenEvents {
  listening(): void;
  accepted(socket: HostSocket): void;
  failed(failure: Failure): void;
}

export interface PairEvents {
  paired(a: HostSocket, b: HostSocket): void;
  failed(failure: Failure): void;
}

/** What keeps the process alive only while somebody waits for it. */
interface Refable {
  /** One more waits. */
  ref(): void;
  /** One less waits. */
  unref(): void;
}

/** A connected socket. It reports nothing before the first `resume`, and nothing after `close`. */
export interface HostSocket extends Refable {
  /** Whether `hold` keeps the process alive: somebody who waits can't be stuck as long as it does. */
  readonly isRefable: boolean;
  /** Whoever is told. */
  events: SocketEvents | null;
  /** Hands over bytes: true, the kernel has them all; false, `written` or `writeFailed` will tell. */
  write(bytes: Uint8Array): boolean;
  /** Nothing more will be sent. */
  end(): void;
  resume(): void;
  pause(): void;
  /** Closes the descriptor before it returns; what the kernel has not got yet is dropped. */
  close(): void;
}

export interface SocketEvents {
  /** The first `length` bytes of the buffer, which the next ones of any socket will overwrite. */
  received(buffer: Buffer, length: number): void;
  /** The peer will send nothing more. */
  ended(): void;
  readFailed(failure: Failure): void;
  written(): void;
  writeFailed(failure: Failure): void;
}

export interface HostListener extends Refable {
  /** Closes the descriptor before it returns. */
  close(): void;
}
