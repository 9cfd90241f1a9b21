export {
  type Bundle,
  bundle,
  bundleGo,
  type BundleOptions,
  type BundleTask,
  bundleWait,
} from "./bundle.js";
export type { CoroutineBundle } from "./bundle.js";
export { bundleClose } from "./bundleClose.js";
export { BundleEnd, BundleResource } from "./bundleResource.js";
export { go } from "./go.js";
export { join } from "./join.js";
export { main, type MainOptions } from "./main.js";
export { msleep } from "./msleep.js";
export { now } from "./now.js";
export { run, type Running, type RunOptions, type StartedRun, startRun } from "./run.js";
export { scope } from "./scope.js";
export {
  dump,
  type HandleSnapshot,
  type Snapshot,
  snapshot,
  type SnapshotOptions,
} from "./snapshot.js";
export { type Joinable, TaskEnd } from "./taskEnd.js";
export { withDeadline } from "./withDeadline.js";
export { yieldNow } from "./yieldNow.js";
export { watchedRuns } from "./deadlock.js";
