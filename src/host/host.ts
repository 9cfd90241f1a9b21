// The one door to the outside: what the house needs from the world. Node's implementation is in node/. Another
// host (a virtual clock) is another folder with the same interfaces. Sockets are apart: see localSockets.ts.
/** Every callback comes from the outside, never from inside the call that asked for it. */
export interface Host extends Clock, Turns, Life, Contexts {}

interface Clock {
  /** Monotonic clock in milliseconds, large and positive. */
  now(): number;
  /** Sets the only alarm there is, replacing the previous one; `Infinity` clears it. May ring early. */
  setAlarm(at: number, ring: () => void): void;
  /** Runs the job after a delay in milliseconds; the function returned prevents that. */
  after(delay: number, job: () => void): () => void;
  /** Like `after`, but the timer does not keep the process alive: if the process ends first, the job never runs. */
  afterUnref(delay: number, job: () => void): () => void;
}

/** When code runs, relative to the process's other timers and I/O. */
interface Turns {
  /** Runs the job once the current code has ended, before any I/O. */
  microtask(job: () => void): void;
  /** Runs the job after the process's other timers and I/O have had a turn. */
  macrotask(job: () => void): void;
  /** Runs the job when all I/O that was possible at the time of the call has been reported. */
  afterPoll(job: () => void): void;
  /** A number from 0 up to 1: jitter, and in tests a choice that can be replayed. */
  random(): number;
}

/** The life of the process, and of the runs in it. */
interface Life {
  /** Whether it knows of everything that could wake a coroutine: then one that waits for a socket can be deadlocked, too. */
  readonly seesAll: boolean;
  /** How many sockets and listeners of ours are open. */
  openSockets(): number;
  /** Keeps the process alive until the function returned is called. */
  keepAlive(): () => void;
  /** A run is about to start. The function returned is called after the run's first step. */
  runStarts(): () => void;
  /** Coroutines are about to run. */
  turnStarts(): void;
  /** Coroutines have run. */
  turnEnds(): void;
  /** A run has ended. After the last one the host leaves nothing behind. */
  runEnds(isLast: boolean): void;
  /**
   * No coroutine waits for a timer or I/O of ours. Calls `report`, at most once, when nothing else is left in
   * the process that could call us either. With `mustBeCertain`, timers set around run() count as well. The
   * function returned stops the watch.
   */
  watchForDeadlock(report: () => void, mustBeCertain: boolean): () => void;
  /** Tells the person who runs the process something that no caller can be told. */
  warn(code: string, message: string): void;
}

interface Contexts {
  /** The async context of the current code; null as long as the process uses none. */
  asyncContext(): AsyncContext | null;
  blankContext(): AsyncContext | null;
}

/** Values that follow a call through everything it starts, as those of AsyncLocalStorage do. */
export interface AsyncContext {
  /** Calls the job in this context. */
  runInAsyncScope<T>(job: (this: T) => void, receiver: T): void;
}
