// Telling a deadlock from patience. The scheduler knows when none of its own timers and sockets can wake a
// coroutine. Only Node knows whether anything else in the process can.
//
// 1. Node's event loop runs empty (`beforeExit`). Other listeners of that event may still start something, so the
//    loop is made to spin once more. A deadlock is reported when two such turns in a row have started nothing.
// 2. Under a test runner, whose time limits keep the loop alive, only timers are left that the code around run()
//    has set before the run, or right after its start. Such a timer is most unlikely to know our handles. It still
//    gets a second in which to prove the contrary. Outside tests nothing is guessed.
// 3. Anything else is alive (a timer set in a coroutine, a child process, a server, stdin): no deadlock.
//
// Node tells how many timers there are, but not whose. So under a test runner timers are counted before and after
// the turns of the coroutines. Once a turn has added a timer, or after many turns, only the first case is left.
import { net } from "./builtin.js";
import { clearImmediate, clearInterval, nextTick, setImmediate, setInterval } from "./timers.js";

/** How many empty turns of the loop make a deadlock. The work of the first one may be invisible (a digest, say). */
const emptyTurnsNeeded = 2;
/** How long the second case must last before it is reported. */
const guessDelay = 1000;
/** For how many turns timers are counted. */
const turnsCounted = 50;

let runs = 0;
/** The most timers that code around run() can have set. */
let excusedTimers = 0;
let turnsLeft = 0;
let timersBefore = 0;
let timersAfterFirstStep = 0;
/** One for all runs that start in a turn of the loop, of which there may be thousands. */
let recount: NodeJS.Immediate | undefined;

const resolved = Promise.resolve();
const nothing = (): void => {};

/** Call it before the first step of a run, and the function returned after that step. */
export function noteRunStart(): () => void {
  runs += 1;
  if (runs > 1 || !isUnderTest()) return nothing;
  turnsLeft = turnsCounted;
  excusedTimers = countTimers();
  timersBefore = excusedTimers;
  return noteFirstStep;
}

function noteFirstStep(): void {
  timersAfterFirstStep = countTimers();
  turnsLeft = timersAfterFirstStep > timersBefore ? 0 : turnsLeft - 1;
  recount ??= setImmediate(() => {
    recount = undefined;
    excusedTimers += Math.max(0, countTimers() - timersAfterFirstStep);
  });
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

export function areThereRuns(): boolean {
  return runs > 0;
}

export function watchForDeadlock(report: () => void, mustBeCertain: boolean): () => void {
  const canGuess = !mustBeCertain && isUnderTest();
  const timer = canGuess ? setInterval(guess, guessDelay).unref() : undefined;
  let emptyTurns = 0;
  let look: NodeJS.Immediate | undefined;
  // First in line: what is listed before other listeners have run has not kept the loop alive.
  process.prependListener("beforeExit", spinOnce);
  return stop;

  function guess(): void {
    if (isStandstill()) tell();
  }
  /** The immediate also makes Node emit the event again, for a deadlock in the clean-up of this one. */
  function spinOnce(): void {
    if (look !== undefined) return;
    const idle = countResources();
    let isEmpty = true;
    look = setImmediate(() => {
      look = undefined;
      if (countResources() > idle) isEmpty = false;
      emptyTurns = isEmpty ? emptyTurns + 1 : 0;
      if (emptyTurns >= emptyTurnsNeeded) tell();
    });
    // Once more before that, when all listeners and their microtasks have run: a short timer may be over by then.
    void resolved.then(() =>
      nextTick(() => {
        if (look !== undefined && countResources() > idle + 1) isEmpty = false;
      }),
    );
  }
  function tell(): void {
    stop();
    report();
  }
  function stop(): void {
    clearInterval(timer);
    clearImmediate(look);
    process.removeListener("beforeExit", spinOnce);
  }
}

function isStandstill(): boolean {
  const idle = countOutputs() + countIdleInput(); // looking at stdio may open it: so it is counted first
  const others = process.getActiveResourcesInfo().filter((resource) => resource !== "Timeout");
  return turnsLeft > 0 && others.length <= idle && countTimers() <= excusedTimers;
}

/** Whether there are the globals that mocha and similar runners give to tests. */
function isUnderTest(): boolean {
  return isFunction("describe") && isFunction("it");
}

function isFunction(name: string): boolean {
  return typeof Reflect.get(globalThis, name) === "function";
}

function countResources(): number {
  return process.getActiveResourcesInfo().length;
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
}

/** How many of stdout and stderr are pipes or terminals. Looking at them opens them. */
function countOutputs(): number {
  return [process.stdout, process.stderr].filter((stream) => stream instanceof net().Socket).length;
}

/** 1 if stdin is a pipe or a terminal that nobody reads. */
function countIdleInput(): number {
  const { stdin } = process;
  const isIdle =
    stdin instanceof net().Socket &&
    !stdin.destroyed &&
    stdin.readableFlowing !== true &&
    stdin.listenerCount("readable") === 0;
  return isIdle ? 1 : 0;
}
