import { dillError } from "../errors/index.js";
import { cancelSignal, currentTask } from "../kernel/index.js";

/**
 * The running coroutine's own AbortSignal, for functions that take one.
 *
 * It is aborted when the coroutine is canceled, before its `ECANCELED` is delivered, and not when it ends in any other
 * way. Each call in one coroutine returns the same signal. The block of a `scope` or `withDeadline` is a
 * coroutine of its own: its signal is aborted when the block is cut short. Never blocks.
 *
 * @returns The signal; aborted already if the coroutine is being canceled. Its reason is an `ECANCELED`.
 * @throws {@link DillError}
 * - `EINVAL`: it was called outside a coroutine.
 * Source: useAbortSignal of Effection, https://frontside.com/effection
 */
export function signalOf(): AbortSignal {
  const task = currentTask();
  if (task !== null) return cancelSignal(task);
  const message =
    "signalOf was called outside a coroutine, and it is the coroutine's signal that it returns";
  throw dillError("EINVAL", "signal_of", message);
}
