// What an operation that makes handles came to, and whether it left anything behind.
import { type Coroutine, type Handle, hclose, DillError, type Operation } from "libdill-ts";
import { census } from "./census.js";
import { openDescriptors } from "./descriptors.js";

export interface Outcome {
  /** The error's code, or "done". */
  readonly code: string;
  readonly errno?: number;
  readonly syscall?: string;
  readonly address?: string | undefined;
  readonly message?: string;
  /** Descriptors, handles, deadlines and coroutines that were not there before, or are gone. */
  readonly difference: readonly string[];
}

type Handles = Handle | readonly Handle[];

/** Runs the operation, and closes again what it has made. */
export function* outcomeOf(operation: Operation<Handles>): Coroutine<Outcome> {
  const before = everything();
  const ended = yield* runAndClose(operation);
  const after = everything();
  const difference = [
    ...after.filter((thing) => !before.includes(thing)).map((thing) => `new: ${thing}`),
    ...before.filter((thing) => !after.includes(thing)).map((thing) => `gone: ${thing}`),
  ];
  return { ...ended, difference };
}

function* runAndClose(operation: Operation<Handles>): Coroutine<Omit<Outcome, "difference">> {
  try {
    for (const h of [yield* operation].flat()) hclose(h);
    return { code: "done" };
  } catch (error) {
    if (!(error instanceof DillError)) throw error;
    const { code, errno, syscall, address, message } = error;
    return { code, errno, syscall, address, message };
  }
}

function everything(): string[] {
  return [
    ...openDescriptors(),
    ...Object.entries(census()).map(([name, count]) => `${count} ${name}`),
  ];
}
