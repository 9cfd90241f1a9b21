export { AbortEvent, checkSignal, isSignal, offAbort, onAbort } from "./abortListeners.js";
export { BlockingOperation, failed, finished, type Step } from "./blockingOperation.js";
export { Body, checkBlock } from "./body.js";
export { cancelSignal } from "./cancelSignal.js";
export { checkGenerator, claim } from "./claimGenerator.js";
export { Delegation, operation } from "./composite.js";
export { isPast, readDeadline } from "./deadline.js";
export { arm, armedDeadlines, deadlineOf, disarm } from "./deadlines.js";
export {
  type Event,
  failAll,
  fireAll,
  type Interruption,
  isFromInside,
  type Readable,
  readableType,
  type Source,
  type Waiter,
} from "./event.js";
export {
  errorOf,
  failOwner,
  type Failure,
  forgetUnseen,
  newFailure,
  watchUnseen,
} from "./failures.js";
export { Group } from "./group.js";
export { GuestGroup, placeGuestsWith } from "./guest.js";
export type { Coroutine, Effect, Operation, Steps } from "./operation.js";
export { startOf } from "./origin.js";
export {
  countForeign,
  foreignWaits,
  interrupt,
  setDeadline,
  stopWaitingForOutside,
  wake,
} from "./park.js";
export { handleRejection, PromiseEvent, promiseWaits } from "./promiseState.js";
export { resumedByStranger } from "./misuse.js";
export { placesOf } from "./probe.js";
export { bringForward, readyCount, whenAtRest } from "./readyQueue.js";
export { type Alarm, watchIdleness } from "./scheduler.js";
export { Rounds } from "./rounds.js";
export { ScopedOperation } from "./scoped.js";
export { Standing } from "./standing.js";
export {
  asOutsider,
  currentTask,
  hasRunningTask,
  isAtEndOfStack,
  isRunning,
  liveCoroutines,
  mayBegin,
} from "./step.js";
export {
  type AnyGenerator,
  blocked,
  done,
  final,
  Guest,
  nextTaskId,
  none,
  owed,
  ready,
  running,
  Task,
  type TaskGroup,
  type WaitsFor,
} from "./task.js";
export { Wait } from "./wait.js";
export { publicName, waitText } from "./waitText.js";
export { Alternative, Alternatives, type Chosen, EventAlternative, WaitAny } from "./waitAny.js";
export { type Beginning, type Steering, steerTurns } from "./turn.js";
export { startOfHandle, startOfTask, timeOfTurn, turnCount } from "./turns.js";
