// Local sockets as the house sees them. Nothing here waits: whatever takes time reports through events.
import type { ErrnoCode } from "../errors/index.js";
import type { InetAddress } from "./address.js";

/** Why a system call failed, with one of our codes. */
export interface Failure {
  readonly code: ErrnoCode;
  /** The error as the system's library gave it. */
  readonly cause?: unknown;
  /** Set where it says more than the code does. */
  readonly message?: string | undefined;
}

/** Sockets in this machine's file system. */
export interface LocalSockets {
  /** The greatest length of a socket file's path, in bytes. */
  readonly longestPath: number;
  /** The directory that relative paths start from; empty if the system can't say. */
  directory(): string;
  /** Why the system has no descriptor for another connection; undefined if it has one. */
  lackOfDescriptors(): Failure | undefined;
  /**
   * The same question for an accept that is about to wait. The answer may come later, by `acceptFailed`, until
   * `forget` is called: many accepts share one look.
   */
  fdShortage(acceptor: WaitingAcceptor): Failure | undefined;
  /** The accept no longer waits. */
  forget(acceptor: WaitingAcceptor): void;
  /** One attempt to connect. `EAGAIN` means that the listener's backlog is full. */
  connect(path: string, events: ConnectEvents): HostSocket;
  /** Connects, and waits for room while the listener's backlog is full: first come, first served. */
  connectQueued(path: string, events: QueuedConnectEvents): QueuedConnect;
  listen(path: string, options: ListenOptions, events: ListenEvents): HostListener;
  pair(events: PairEvents): { close(): void };
  /** Takes over a descriptor of a connected socket. It never throws: a failure is returned. */
  adopt(fd: number): HostSocket | Failure;
  /** Takes over a descriptor of a listening socket. It never throws: a failure is returned. */
  adoptListener(fd: number, events: ListenEvents): HostListener | Failure;
}

export interface WaitingAcceptor {
  acceptFailed(failure: Failure): void;
}

export interface ConnectEvents {
  connected(): void;
  refused(failure: Failure | "EAGAIN"): void;
}

/** Exactly one of `connected` and `refused` is called, once; `waiting` at most once, before it. */
export interface QueuedConnectEvents {
  /** Whether the caller's deadline has passed. Such a connect gets its one attempt and never queues. */
  isPast(): boolean;
  /** The first attempt is over and the connect now waits for room: its deadline counts from here on. */
  waiting(): void;
  connected(socket: HostSocket): void;
  /** `EAGAIN`: the backlog is full, and the deadline has passed. */
  refused(failure: Failure | "EAGAIN"): void;
}

export interface QueuedConnect {
  /** Whether the connect waits for room already. An attempt of its own, in contrast, is made under any deadline. */
  readonly isWaiting: boolean;
  /** Gives up. No event is reported afterwards. */
  close(): void;
}

export interface ListenOptions {
  readonly backlog: number;
  /** Permission bits of the socket file. The file has them before it can be found. */
  readonly mode: number;
  /** Replaces a socket file that nobody listens on. */
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

/** Keeps the process alive while its count of waiters is above zero. */
export interface Refable {
  ref(): void;
  unref(): void;
}

/** A connected socket. It reports nothing before the first `resume`, and nothing after `close`. */
export interface HostSocket extends Refable {
  /** Whether `ref` keeps the process alive. While it does, a coroutine that waits here is not deadlocked. */
  readonly isRefable: boolean;
  events: SocketEvents | null;
  /** Hands over bytes. True: the kernel has all of them. False: `written` or `writeFailed` will follow. */
  write(bytes: Uint8Array): boolean;
  /** The same for several buffers. Without it they are copied into one. */
  writev?(list: readonly Uint8Array[]): boolean;
  /** Ends the outgoing direction. */
  end(): void;
  resume(): void;
  pause(): void;
  /**
   * Closes the descriptor before it returns. Bytes that the kernel has not taken yet are dropped. A stream that
   * is torn ends with a reset where the protocol has one, so that the peer can't take it for a whole one.
   */
  close(isTorn?: boolean): void;
  /** The number of its descriptor; -1 if it has none. Without it, the system can't be asked about the socket. */
  descriptor?(): number;
  /** From now on somebody else reads it. Only before the first `resume`. */
  readThrough?(reading: HostReading): void;
  /** Where one end is; undefined if the system can't say any more. Local sockets have no addresses. */
  address?(end: "local" | "peer"): InetAddress | undefined;
}

/** Reads a socket in its place: what the socket is asked for that has to do with reading is passed on. */
export interface HostReading extends Refable {
  resume(): void;
  pause(): void;
  close(): void;
}

export interface SocketEvents {
  /** The bytes are the first `length` of the buffer. The next bytes of any socket overwrite them. */
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
  /** The number of its descriptor; -1 if it has none. */
  descriptor?(): number;
  /** When it is closed, its socket file stays. */
  keepFile?(): void;
  /** Where it listens, once it does. */
  address?(): InetAddress | undefined;
}
