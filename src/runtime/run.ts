// The way in: the public function, and how the house starts runs of its own.
import { Options } from "../errors/index.js";
import type { Owner } from "../handles/index.js";
import { checkGenerator, type Coroutine, isSignal } from "../kernel/index.js";
import { readGrace } from "./graceAlarm.js";
import { offerSnapshots } from "./hook.js";
import { Run, type RunStart } from "./runRecord.js";

offerSnapshots();

/** What {@link run} may be told. */
export interface RunOptions {
  /** Cancels the main coroutine when it is aborted, as `hclose` cancels any other. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the main coroutine may clean up after the signal, in milliseconds: it is told, as by {@link bundleClose}, and
   * canceled without grace when that time is over. 0, the default, is none; `Infinity` is for ever.
   */
  readonly grace?: number | undefined;
}

/** What {@link run} returns: a promise that can also be ended. */
export interface Running<T> extends Promise<T> {
  /**
   * Cancels the main coroutine if it still runs, and waits for the end of everything. Called by
   * `await using`. Rejects as the run does, but for the `ECANCELED` it has brought about itself.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

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
 * @param options - An AbortSignal that cancels the main coroutine, and the grace that it has then.
 * @returns What the main coroutine returned; a promise among that is awaited, as by any `async` function. Rejects with what it threw, or with the error of a coroutine
 * that nobody has asked for, or with an `AggregateError` of several; with {@link DillError} where
 * - `ECANCELED`: the signal was aborted, and the main coroutine let that through; `cause` is its reason.
 * - `EDEADLK`: all coroutines wait for each other.
 * - `EINVAL`: it is no generator, or one that was started already; or an option is none.
 * @example
 * ```ts
 * const answer = await run(function* () {
 *   yield* msleep(now() + 100);
 *   return 42;
 * }());
 * ```
 * Source: Effection's and trio's run.
 */
export function run<T>(coroutine: Coroutine<T>, options?: RunOptions): Running<T> {
  return startRun(coroutine, () => readOptions(options)).running;
}

function readOptions(given: RunOptions | undefined): RunStart {
  const options = new Options(given, "run");
  const signal = options.read("signal", undefined, "an AbortSignal", isSignal);
  return { signal, grace: readGrace(options), by: signal === undefined ? "nobody" : "caller" };
}

/** A run that was started, and how to cancel it. */
export interface StartedRun<T> {
  readonly running: Running<T>;
  /** Cancels the main coroutine, without grace, as soon as no coroutine is on the stack. */
  readonly cancel: (reason?: unknown) => void;
  /** What it was canceled with, if it has ended with nothing but that: its error, which is the program's, need not tell. */
  readonly canceledBy: () => unknown;
}

/** What `readStart` throws is the run's rejection. */
export function startRun<T>(
  coroutine: Coroutine<T>,
  readStart: () => RunStart,
  prepare: (owner: Owner) => void = () => {},
): StartedRun<T> {
  let started: Run | undefined;
  const settled = new Promise<T>((resolve, reject) => {
    const start = readStart();
    const generator = checkGenerator(coroutine, "run", "run");
    started = new Run(start, (value) => resolve(value as T), reject);
    prepare(started);
    started.start(generator);
  });
  const cancel = (reason?: unknown): void => started?.cancelLater(reason);
  const canceledBy = (): unknown => started?.canceledBy;
  return { running: disposable(settled, cancel, canceledBy), cancel, canceledBy };
}

/** Why a run is canceled that leaves the block it was bound to. */
const disposal = "the block that the run was bound to by `await using` has ended";

function disposable<T>(
  settled: Promise<T>,
  cancel: (reason: unknown) => void,
  canceledBy: () => unknown,
): Running<T> {
  const dispose = async (): Promise<void> => {
    cancel(disposal);
    await settled.catch((error: unknown) => {
      if (canceledBy() !== disposal) throw error;
    });
  };
  return Object.defineProperty(settled, Symbol.asyncDispose, {
    configurable: true,
    get: () => {
      // Read by `await using` when its block begins: from then on the end of the block hears of a rejection.
      settled.catch(() => {});
      return dispose;
    },
  }) as Running<T>;
}
