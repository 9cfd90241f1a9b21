export {
  type Bundle,
  bundle,
  bundleGo,
  BundleResource,
  type BundleTask,
  bundleWait,
} from "./bundle.js";
export type { CoroutineBundle, Joinable } from "./bundle.js";
export { Abortion } from "./abortion.js";
export { BundleEnd } from "./bundleEnd.js";
export { CoroutineEnd } from "./coroutineEnd.js";
export { cancelSignal } from "./cancelSignal.js";
export type { Interruption, Task } from "./coroutine.js";
export { isPast, readDeadline } from "./deadline.js";
export { go } from "./go.js";
export { join } from "./join.js";
export { main } from "./main.js";
export { msleep } from "./msleep.js";
export { now } from "./now.js";
export { type Occasion, type OccasionWatcher, type Readable, readableType } from "./occasion.js";
export { type Coroutine, operation, type Operation, type Steps } from "./operation.js";
export { run, type Running, type RunOptions, startRun } from "./run.js";
export { asOutsider, currentTask, interrupt, setDeadline, wake } from "./scheduler.js";
export { type Settlement, settlementOf, type SettlementWatcher } from "./settlement.js";
export { Settling } from "./settling.js";
export { scope } from "./scope.js";
export { BlockingOperation, finished, type Step } from "./wait.js";
export { withDeadline } from "./withDeadline.js";
export { yieldNow } from "./yieldNow.js";
