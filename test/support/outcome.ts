// What a connect came to, and whether it left anything behind.
import { type Coroutine, hclose, ipcConnect, isErrno } from "libdill-ts";
import { census } from "./census.js";
import { openDescriptors } from "./descriptors.js";

export interface Outcome {
  /** The error's code, or "connected". */
  readonly code: string;
  readonly errno?: number;
  readonly syscall?: string;
  readonly address?: string | undefined;
  readonly message?: string;
  /** Descriptors, handles, deadlines and coroutines that were not there before, or are gone. */
  readonly difference: readonly string[];
}

/** Connects, and closes the socket again if there is one. */
export function* outcomeOf(path: string, deadline: number): Coroutine<Outcome> {
  const before = everything();
  const ended = yield* connectAndClose(path, deadline);
  const after = everything();
  const difference = [
    ...after.filter((thing) => !before.includes(thing)).map((thing) => `new: ${thing}`),
    ...before.filter((thing) => !after.includes(thing)).map((thing) => `gone: ${thing}`),
  ];
  return { ...ended, difference };
}

function* connectAndClose(path: string, deadline: number): Coroutine<Omit<Outcome, "difference">> {
  try {
    hclose(yield* ipcConnect(path, deadline));
    return { code: "connected" };
  } catch (error) {
    if (!isErrno(error)) throw error;
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
