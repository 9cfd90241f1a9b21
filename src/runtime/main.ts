import { isErrno } from "../errors/index.js";
import { checkBlock } from "./block.js";
import { startRun } from "./run.js";
import type { Coroutine } from "./operation.js";

const signals = ["SIGINT", "SIGTERM"] as const;
const exitStatus = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a whole program.
 *
 * SIGINT and SIGTERM cancel the main coroutine, so that every `finally` runs; a second signal ends the
 * process at once. An error that gets out is printed and sets the exit status to 1. A program that was
 * told to end and did so exits with 0.
 *
 * @param fn - The generator function of the main coroutine: `main(function* () { … })`.
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
export async function main(fn: () => Coroutine<unknown>): Promise<void> {
  const controller = new AbortController();
  const onSignal = (signal: (typeof signals)[number]): void => {
    if (controller.signal.aborted) process.exit(exitStatus[signal]);
    controller.abort(signal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  try {
    checkBlock(fn, "main");
    await startRun(fn(), controller.signal, false);
  } catch (error) {
    if (controller.signal.aborted && isCancellationBy(controller.signal, error)) return;
    console.error(error);
    process.exitCode = 1;
  } finally {
    // A second signal that is on its way would be lost with its listener, so after the first they stay.
    if (!controller.signal.aborted) {
      for (const signal of signals) process.removeListener(signal, onSignal);
    }
  }
}

function isCancellationBy(signal: AbortSignal, error: unknown): boolean {
  return isErrno(error, "ECANCELED") && error.cause === signal.reason;
}
