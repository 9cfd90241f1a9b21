// Telling a deadlock from patience. The scheduler knows when none of its own timers and sockets can wake
// a coroutine; whether anything else in the process might, only Node knows.
//
// - Node's event loop runs empty: certain, and reported at once (`beforeExit`).
// - Under a test runner, whose time limits keep the loop alive: if all that is left are timers that the
//   code around run() set before it, or right after it. They are most unlikely to know our handles; to
//   be safe they get a second in which to prove the contrary. Outside tests nothing is guessed.
// - Anything else is alive (a timer set in a coroutine, a child process, a server, stdin): no deadlock.
//
// Node tells how many timers there are, not whose. So they are counted before and after the turns of the
// coroutines: once a turn has added one, or after so many turns that counting would cost too much, only the
// first case is left.
import { Socket } from "node:net";

/** How long nothing may happen before the second case is reported. */
const patience = 1000;
/** For how many turns timers are counted. */
const turnsCounted = 50;

let runs = 0;
/** How many timers of the code around run() there are at the most. */
let excusedTimers = 0;
let turnsLeft = 0;
let timersBefore = 0;

/** Call it before the first run's first step; and what it returns, after that. */
export function noteRunStart(): () => void {
  runs += 1;
  if (runs > 1) return () => {};
  turnsLeft = turnsCounted;
  excusedTimers = countTimers();
  noteTurnStart();
  return () => {
    noteTurnEnd();
    const afterFirstStep = countTimers();
    setImmediate(() => {
      excusedTimers += Math.max(0, countTimers() - afterFirstStep);
    });
  };
}

export function noteTurnStart(): void {
  if (turnsLeft === 0) return;
  timersBefore = countTimers();
  excusedTimers = Math.min(excusedTimers, timersBefore);
}

export function noteTurnEnd(): void {
  if (turnsLeft === 0) return;
  turnsLeft = countTimers() > timersBefore ? 0 : turnsLeft - 1;
}

export function noteRunEnd(): void {
  runs -= 1;
}

export function watchForDeadlock(report: () => void, mustBeCertain: boolean): () => void {
  const timer = mustBeCertain || !isUnderTest() ? undefined : setInterval(check, patience).unref();
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
  const idle = countOutputs() + countIdleInput(); // before the others are counted, of which they are some
  const others = process.getActiveResourcesInfo().filter((resource) => resource !== "Timeout");
  return turnsLeft > 0 && others.length <= idle && countTimers() <= excusedTimers;
}

/** Whether the globals are there that mocha and its likes give to tests. */
function isUnderTest(): boolean {
  return ["describe", "it"].every((name) => typeof Reflect.get(globalThis, name) === "function");
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
}

/** stdout and stderr, where they are pipes or terminals; looking at them brings them to life. */
function countOutputs(): number {
  return [process.stdout, process.stderr].filter((stream) => stream instanceof Socket).length;
}

/** stdin, where it is a pipe or a terminal that nobody reads. */
function countIdleInput(): number {
  const { stdin } = process;
  const isIdle =
    stdin instanceof Socket &&
    !stdin.destroyed &&
    stdin.readableFlowing !== true &&
    stdin.listenerCount("readable") === 0;
  return isIdle ? 1 : 0;
}
