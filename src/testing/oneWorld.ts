// One world at a time: simulations that are started while another one is under way wait for their turn. The scheduler, the handle
// table and the host are one for the whole process.
import { dillError } from "../errors/index.js";
import { filesOfCopies, importOne } from "../handles/index.js";
import { currentTask } from "../kernel/index.js";
import { checkIdle } from "./idle.js";
import { nextTurn, noteResources, realWork } from "./realTime.js";
import { presentWorld } from "./world.js";

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the job when no other simulation is under way, and nothing of ours is alive on the real clock. What another copy of the
 * package does would go on in the real world, so there must not be one. `prepare` makes the job, at once:
 * what the caller has done wrong does not wait for its turn.
 */
export function alone<T>(syscall: string, prepare: () => () => Promise<T>): Promise<T> {
  let job: () => Promise<T>;
  try {
    job = prepare();
  } catch (error) {
    return Promise.reject(error);
  }
  if (presentWorld() !== null && (currentTask() !== null || realWork().isOurs)) {
    const message = `${syscall} was called inside a simulation, which is a world of its own already`;
    return Promise.reject(dillError("EBUSY", syscall, message));
  }
  const turn = last.then(async () => {
    await nextTurn(); // what the last run has asked of the real loop is done
    checkCopies(syscall);
    checkIdle(syscall);
    noteResources();
    realWork().watch();
    try {
      return await job();
    } finally {
      realWork().stop();
    }
  });
  last = turn.catch(() => {});
  return turn;
}

/** Waits until no simulation is under way; inside one, not at all. */
export async function whenAlone(): Promise<void> {
  for (let before = last; currentTask() === null; before = last) {
    await before;
    if (before === last) return;
  }
}

function checkCopies(syscall: string): void {
  const files = filesOfCopies();
  if (files.length === 0) return;
  const message = `${syscall} takes a program whose parts all use one copy of libdill-ts, and ${files.length} are loaded in this process: ${importOne}. They are:`;
  throw dillError("ENOTSUP", syscall, { message, lines: files.map((file) => `  ${file}`) });
}
