import { Options, textOf, userStack } from "../errors/index.js";
import { host } from "../host/index.js";
import { checkBlock, type Coroutine } from "../kernel/index.js";
import { readGrace } from "./graceAlarm.js";
import { type StartedRun, startRun } from "./run.js";

/** What {@link main} may be told. */
export interface MainOptions {
  /**
   * How long the main coroutine may clean up after a signal, in milliseconds; 0, the default, is not at all. See
   * {@link RunOptions}.
   */
  readonly grace?: number | undefined;
}

/**
 * How long a signal's repetitions count as that signal, in milliseconds. What forwards a signal to a program (npm, timeout)
 * mostly gets it with the program's whole process group, so that it arrives twice.
 */
const echoTime = 20;

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof signals)[number];

/** Of a program that was told to end and did so. A shell must not go on after Ctrl-C. */
const statusAfter: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 0, SIGHUP: 129 };
/** Of a program that is ended at once. */
const statusAtOnce: Readonly<Record<Signal, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs a whole program.
 *
 * SIGINT, SIGTERM and SIGHUP cancel the main coroutine, so that every `finally` runs, and with a grace may wait. A second
 * signal ends the process at once; the same one within 20 milliseconds is no second one, but a wrapper's copy. An error that gets out is printed and sets the exit status to 1. The status of a
 * program that was told to end and did so is 0 after SIGTERM, 130 after SIGINT and 129 after SIGHUP, unless it has set
 * `process.exitCode` itself.
 *
 * `main` sets the status and does not call `process.exit`: the process ends when nothing else keeps Node's event loop
 * alive. A resumed `process.stdin`, a server of `node:http` and a timer do, also after a signal. Destroy or unref them in
 * a `finally` of the main coroutine: `process.stdin.destroy()`, `server.closeAllConnections()` after `server.close()`,
 * `timer.unref()`. If Node has nothing left to finish, write `main(program).finally(() => process.exit())`.
 *
 * @param fn - The generator function of the main coroutine: `main(function* () { … })`.
 * @param options - The grace after a signal.
 * @returns A promise that fulfills when the program has ended; it never rejects.
 * @example
 * ```ts
 * await main(function* () {
 *   const ls = yield* ipcListen("/tmp/greet.ipc", 10);
 *   try {
 *     while (true) hclose(yield* ipcAccept(ls, -1));
 *   } finally {
 *     hclose(ls);
 *   }
 * });
 * ```
 * Source: Effection's main.
 */
export async function main(fn: () => Coroutine<unknown>, options?: MainOptions): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = onFirstSignal((name) => controller.abort(name));
  let started: StartedRun<unknown> | undefined;
  try {
    checkBlock(fn, "main");
    const grace = readGrace(new Options(options, "main"));
    started = startRun(fn(), () => ({ signal, grace, by: "process" }));
    await started.running;
  } catch (error) {
    if (!signal.aborted || started?.canceledBy() !== signal.reason) {
      process.exitCode = 1;
      print(error);
      return;
    }
  } finally {
    stop();
  }
  if (signal.aborted) process.exitCode ??= statusAfter[signal.reason as Signal];
}

/** Also an error that throws when it is printed. */
function print(error: unknown): void {
  try {
    console.error(userStack(error));
  } catch {
    console.error(textOf(error));
  }
}

/**
 * Hears of the first signal. The second one is the system's affair: it ends the process even while a coroutine
 * computes, which no listener could.
 */
function onFirstSignal(tell: (name: Signal) => void): () => void {
  let first: Signal | undefined;
  let isTold = false;
  const onSignal = (name: Signal): void => {
    if (name === first && !isTold) return;
    if (first !== undefined) process.exit(statusAtOnce[name]);
    first = name;
    // Signals that have arrived already are in Node's hands and would be lost with the listener. After a poll
    // there are none, and the system takes over before the program begins to clean up.
    host.after(echoTime, () => {
      host.afterPoll(() => {
        stop();
        // Where others listen, the system does nothing.
        for (const each of signals) if (process.listenerCount(each) > 0) process.on(each, onSignal);
        isTold = true;
        tell(name);
      });
    });
  };
  const stop = (): void => {
    for (const name of signals) process.removeListener(name, onSignal);
  };
  for (const name of signals) process.on(name, onSignal);
  return () => {
    if (first === undefined || isTold) stop();
  };
}
