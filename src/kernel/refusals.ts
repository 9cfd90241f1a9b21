// A canceled coroutine that does not end: how often it may go on, and how it is ended then.
import { type DillError, dillError, signalError } from "../errors/index.js";
import {
  type AnyGenerator,
  final,
  maxOperations,
  maxRefusals,
  perRefusal,
  type Task,
} from "./task.js";

const maxReturns = 100;

/** The ECANCELED for an operation in a task that is being canceled. */
export function cancellationError(task: Task | null, syscall: string, address?: string): DillError {
  task?.refuses();
  return signalError("ECANCELED", syscall, address);
}

/** The task has refused to end too often: the next step ends it. */
export function mustEnd(task: Task): boolean {
  return task.refusals > maxRefusals;
}

/** A canceled task begins another operation; returns whether it has begun too many. */
export function countOperation(task: Task): boolean {
  if (task.refusals < maxOperations) task.refusals += 1;
  return task.refusals >= maxOperations;
}

/** A task has yielded what is no operation. If it catches the error, nothing makes it wait: that counts, too. */
export function countMisuse(task: Task): void {
  task.refusals += perRefusal;
}

/** Ends a coroutine that catches every error and goes on, through its finally blocks. Returns its error. */
export function endStubborn(task: Task, generator: AnyGenerator): DillError {
  const message =
    task.cancellation === final
      ? "a canceled coroutine has caught ECANCELED again and again and went on; " +
        "rethrow it, or leave the loop when isErrno(e, 'ECANCELED')"
      : "a coroutine has yielded what is no operation again and again, and caught the error; write yield* in " +
        "front of operations, and rethrow what is no error of theirs";
  const verdict = dillError("EDEADLK", "hclose", message);
  try {
    for (let i = 0; i < maxReturns; i++) {
      if (generator.return(undefined).done === true) break;
    }
  } catch (error) {
    verdict.cause = error;
  }
  return verdict;
}
