// The way in: the main coroutine, its AbortSignal, and the final sweep.
import { dillError, isErrno, nativeError } from "../errors/index.js";
import {
  closeHandle,
  type Handle,
  handlesOf,
  isOpen,
  type Owner,
  resourceOf,
} from "../handles/index.js";
import { host } from "../host/index.js";
import { offAbort, onAbort } from "./abortListeners.js";
import { BundleResource } from "./bundle.js";
import { checkGenerator } from "./checkGenerator.js";
import { type AnyGenerator, ready, type Task } from "./coroutine.js";
import { describeTasks, tasksOf } from "./listing.js";
import { combine, Group, type GroupWatcher } from "./group.js";
import type { Coroutine } from "./operation.js";
import { watchIdleness, whenAtRest } from "./scheduler.js";

/** What {@link run} may be told. */
export interface RunOptions {
  /** Cancels the main coroutine when it is aborted, as `hclose` cancels any other. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link run} returns: a promise that can also be ended. */
export interface Running<T> extends Promise<T> {
  /**
   * Cancels the main coroutine if it still runs, and waits for the end of everything. Called by
   * `await using`. Rejects as the run does, but for the `ECANCELED` it has brought about itself.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The runs that have not ended, in the order of their start. */
const runs = new Set<Run>();

/**
 * Starts a program: the main coroutine, and with it whatever that starts.
 *
 * When the main coroutine ends, everything started under it and still running is canceled and every
 * handle made under it and still open is closed, newest first. Several runs may be alive at once; they
 * share the thread, and the end of one touches no other.
 *
 * When every coroutine waits and nothing is left that could wake one, the main coroutine is canceled
 * and `run` rejects with `EDEADLK`.
 *
 * In async code, `await using server = run(serve());` binds the run to the block: leaving that cancels
 * the main coroutine, by the rules of {@link hclose}, and waits until everything has ended. Never blocks.
 *
 * @param coroutine - The call of a generator function: `run(main())`, not `run(main)`.
 * @param options - An AbortSignal that cancels the main coroutine.
 * @returns What the main coroutine returned. Rejects with what it threw, or with the error of a coroutine
 * that nobody has asked for, or with an `AggregateError` of several; with {@link DillError} where
 * - `ECANCELED`: the signal was aborted, and the main coroutine let that through; `cause` is its reason.
 * - `EDEADLK`: all coroutines wait for each other.
 * - `EINVAL`: it is no generator.
 * @example
 * ```ts
 * const answer = await run(function* () {
 *   yield* msleep(now() + 100);
 *   return 42;
 * }());
 * ```
 * Source: Effection's and trio's run.
 */
export function run<T>(coroutine: Coroutine<T>, options: RunOptions = {}): Running<T> {
  return startRun(coroutine, options.signal, options.signal !== undefined);
}

/**
 * As run. While all coroutines wait, a signal that may come at any time (`isExpected`) keeps the process
 * alive; one that need not come, as main's, leaves a deadlock a deadlock.
 */
export function startRun<T>(
  coroutine: Coroutine<T>,
  signal: AbortSignal | undefined,
  isExpected: boolean,
  prepare: (owner: Owner) => void = () => {},
): Running<T> {
  let started: Run | undefined;
  const settled = new Promise<T>((resolve, reject) => {
    const generator = checkGenerator(coroutine, "run", "run");
    started = new Run((value) => resolve(value as T), reject, isExpected);
    prepare(started);
    started.start(generator, signal);
  });
  return Object.assign(settled, {
    async [Symbol.asyncDispose](): Promise<void> {
      started?.dispose();
      await settled.catch((error: unknown) => {
        if (!isErrno(error, "ECANCELED") || error.cause !== disposal) throw error;
      });
    },
  });
}

/** Why a run is canceled that leaves the block it was bound to. */
const disposal = "the block that the run was bound to by `await using` has ended";

class Run implements Owner, GroupWatcher {
  open = 0;
  readonly group: Group;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #signal: AbortSignal | undefined;
  /** Why it was canceled, if not by the signal. */
  #reason: unknown;
  #deadlock: Error | undefined;
  /** How much work of others it waits for. */
  #unfinished = 0;
  readonly #errorsOfOthers: unknown[] = [];
  /** Settles the promise; set once its coroutines have ended. */
  #settle: (() => void) | undefined;

  /** Whether its signal is waited for. */
  readonly expectsSignal: boolean;

  constructor(
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    expectsSignal: boolean,
  ) {
    this.expectsSignal = expectsSignal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.group = new Group(this, this);
    this.group.dissolve(); // nested in another run or not: it is nobody's child
  }

  get isAbortable(): boolean {
    return this.#signal !== undefined;
  }

  start(generator: AnyGenerator, signal: AbortSignal | undefined): void {
    const hasStarted = host.runStarts();
    runs.add(this);
    this.#signal = signal;
    if (signal !== undefined) onAbort(signal, this.#onAbort);
    this.group.start(generator, signal?.aborted === true);
    hasStarted();
  }

  awaitWork(work: PromiseLike<unknown>): void {
    this.#unfinished += 1;
    work.then(
      () => this.#workEnded(),
      (error: unknown) => {
        this.#errorsOfOthers.push(error);
        this.#workEnded();
      },
    );
  }

  #workEnded(): void {
    this.#unfinished -= 1;
    if (this.#unfinished === 0) this.#settle?.();
  }

  readonly #onAbort = (): void => whenAtRest(() => this.#cancel());

  dispose(): void {
    if (this.#signal?.aborted !== true) this.#reason = disposal;
    whenAtRest(() => this.#cancel());
  }

  #cancel(): void {
    this.group.cancelMembers();
  }

  memberFailed(): void {}

  /** The main coroutine has ended. */
  becameEmpty(main: Task): void {
    if (this.#signal !== undefined) offAbort(this.#signal, this.#onAbort);
    const isCanceled = main.hasThrown && main.isCanceled && isErrno(main.value, "ECANCELED");
    const errors = new Set<unknown>();
    if (this.#deadlock !== undefined) errors.add(this.#deadlock);
    if (main.hasThrown && !isCanceled) errors.add(main.value);
    for (const error of this.#sweep()) errors.add(error);
    this.#settle = () => this.#end(main, errors);
    if (this.#unfinished === 0) this.#settle();
  }

  /** Nothing of it is left. */
  #end(main: Task, errors: Set<unknown>): void {
    this.#settle = undefined;
    runs.delete(this);
    host.runEnds(runs.size === 0);
    if (runs.size === 0) stopWatching();

    for (const error of this.#errorsOfOthers) errors.add(error);
    if (errors.size > 0) this.#reject(nativeError(combine([...errors])));
    else if (!main.hasThrown) this.#resolve(main.value);
    else this.#reject(nativeError(main.value, this.#reason ?? this.#signal?.reason));
  }

  /**
   * Ends all coroutines first, parents before what they started: each finds its own handles still open,
   * and may close them in a finally. Then closes what is left, the newest first.
   */
  #sweep(): unknown[] {
    const errors: unknown[] = [];
    for (const h of this.#handles().toReversed()) if (isOpen(h)) cancelMembersOf(h);
    for (const h of this.#handles()) closeInto(errors, h);
    return errors;
  }

  #handles(): Handle[] {
    return handlesOf(this);
  }

  /** Whether one of its coroutines can go on after all. */
  get isAwake(): boolean {
    return this.#tasks().some((task) => task.state === ready);
  }

  #tasks(): Task[] {
    return tasksOf(this.group, this.#handles());
  }

  deadlocked(): void {
    if (this.#settle !== undefined) {
      const message =
        "its coroutines have ended, and nothing is left that could end what it waits for";
      this.#errorsOfOthers.push(dillError("EDEADLK", "run", { message }));
      this.#settle();
      return;
    }
    const lines = describeTasks(this.#tasks());
    const message = `every coroutine waits, and nothing is left that could wake one:\n${lines}\n`;
    this.#deadlock = dillError("EDEADLK", "run", { message });
    this.#cancel();
  }
}

function cancelMembersOf(h: Handle): void {
  const resource = resourceOf(h, "run");
  if (resource instanceof BundleResource) resource.group.cancelMembers();
}

function closeInto(errors: unknown[], h: Handle): void {
  try {
    // It may have been closed by what was closed before it.
    if (isOpen(h)) closeHandle(h, "hclose");
  } catch (error) {
    errors.push(error);
  }
}

let stopWatching: () => void = () => {};
let isWatching = false;

watchIdleness(
  function idle() {
    if (isWatching || runs.size === 0) return;
    isWatching = true;
    const mayBeAborted = [...runs].some((other) => other.isAbortable);
    const isSignalExpected = [...runs].some((other) => other.expectsSignal);
    const stop = isSignalExpected
      ? host.keepAlive()
      : host.watchForDeadlock(reportDeadlock, mayBeAborted);
    stopWatching = () => {
      isWatching = false;
      stop();
    };
  },
  function busy() {
    if (isWatching) stopWatching();
  },
);

function reportDeadlock(): void {
  isWatching = false;
  // The end of one may set the next one free. It leaves the set, which a loop over it allows.
  for (const stuck of runs) if (!stuck.isAwake) stuck.deadlocked();
}
