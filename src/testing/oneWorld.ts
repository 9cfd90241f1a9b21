// One world at a time: simulations that are started while another one is under way wait for their turn. The scheduler, the handle
// table and the host are one for the whole process.
import { dillError } from "../errors/index.js";
import { currentTask } from "../kernel/index.js";
import { watchedRuns } from "../runtime/index.js";
import { nextTurn, noteResources } from "./realTime.js";
import { presentWorld } from "./world.js";

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the job when no other simulation is under way, and nothing of ours is alive on the real clock. `prepare` makes the job, at once:
 * what the caller has done wrong does not wait for its turn.
 */
export function alone<T>(syscall: string, prepare: () => () => Promise<T>): Promise<T> {
  let job: () => Promise<T>;
  try {
    job = prepare();
  } catch (error) {
    return Promise.reject(error);
  }
  if (presentWorld() !== null && currentTask() !== null) {
    const message = `${syscall} was called inside a simulation, which is a world of its own already`;
    return Promise.reject(dillError("EBUSY", syscall, message));
  }
  const turn = last.then(async () => {
    await nextTurn(); // what the last run has asked of the real loop is done
    checkIdle(syscall);
    noteResources();
    return job();
  });
  last = turn.catch(() => {});
  return turn;
}

function checkIdle(syscall: string): void {
  if (watchedRuns.size === 0) return;
  const lines = [...watchedRuns].flatMap((run) => run.describe());
  const message =
    "coroutines are alive on the real clock, and a simulation needs the library for itself:";
  throw dillError("EBUSY", syscall, { message, lines });
}
