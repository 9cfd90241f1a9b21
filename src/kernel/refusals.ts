// A canceled coroutine that does not end: how often it may go on, and how it is ended then.
import { type DillError, dillError, signalError } from "../errors/index.js";
import { type AnyGenerator, final, type Task } from "./task.js";

/** How many operations that need no wait a canceled coroutine may begin; then they are ECANCELED, too. */
const operationsAllowed = 10_000;
/** How many of them a refusal counts for: an ECANCELED that did not end the coroutine. */
const operationsPerRefusal = 10;
/** Then it is ended: after 1000 refusals, or 100 on top of all those operations. */
const mostOperations = operationsAllowed + 1000;
const returnsAllowed = 100;

/** The ECANCELED for an operation in a task that is being canceled. */
export function cancellationError(task: Task | null, syscall: string, address?: string): DillError {
  if (task !== null && task.cancellation === final) task.refusals += operationsPerRefusal;
  return signalError("ECANCELED", syscall, address);
}

/** The task has refused to end too often: the next step ends it. */
export function mustEnd(task: Task): boolean {
  return task.refusals > mostOperations;
}

/** A canceled task begins another operation; returns whether it has begun too many. */
export function countOperation(task: Task): boolean {
  if (task.refusals < operationsAllowed) task.refusals += 1;
  return task.refusals >= operationsAllowed;
}

/** Ends a coroutine that catches every ECANCELED and goes on, through its finally blocks. Returns its error. */
export function endStubborn(generator: AnyGenerator): DillError {
  const message =
    "a canceled coroutine has caught ECANCELED again and again and went on; " +
    "rethrow it, or leave the loop when isErrno(e, 'ECANCELED')";
  const verdict = dillError("EDEADLK", "hclose", { message });
  try {
    for (let i = 0; i < returnsAllowed; i++) {
      if (generator.return(undefined).done === true) break;
    }
  } catch (error) {
    verdict.cause = error;
  }
  return verdict;
}
