// Telling a deadlock from patience. The scheduler knows when none of its own timers and sockets can wake
// a coroutine; whether anything else in the process might, only Node knows.
//
// - Node's event loop runs empty: certain, and reported at once (`beforeExit`).
// - The loop is kept alive, but only by timers that the code around run() set before it, or right after
//   it: a test runner's time limit, say. They are most unlikely to know our handles; to be safe they
//   get a second in which to prove the contrary.
// - Anything else is alive (a timer set in a coroutine, a child process, a server, stdin): no deadlock.
import { Socket } from "node:net";

/** How long nothing may happen before the second case is reported. */
const patience = 1000;

let runs = 0;
let excusedTimers = 0;

/** Counts the timers that belong to the code around the first run. */
export function noteRunStart(): () => void {
  runs += 1;
  if (runs > 1) return () => {};
  excusedTimers = countTimers();
  return () => {
    const afterFirstStep = countTimers();
    setImmediate(() => {
      excusedTimers += Math.max(0, countTimers() - afterFirstStep);
    });
  };
}

export function noteRunEnd(): void {
  runs -= 1;
}

export function watchForStandstill(report: () => void, mustBeCertain: boolean): () => void {
  const timer = mustBeCertain ? undefined : setInterval(check, patience).unref();
  process.once("beforeExit", tell);
  return stop;

  function check(): void {
    if (isStandstill()) tell();
  }
  function tell(): void {
    stop();
    report();
  }
  function stop(): void {
    clearInterval(timer);
    process.removeListener("beforeExit", tell);
  }
}

function isStandstill(): boolean {
  const others = process.getActiveResourcesInfo().filter((resource) => resource !== "Timeout");
  return others.length <= countOutputs() && countTimers() <= excusedTimers;
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
}

/** stdout and stderr, where they are pipes or terminals; looking at them brings them to life. */
function countOutputs(): number {
  return [process.stdout, process.stderr].filter((stream) => stream instanceof Socket).length;
}
