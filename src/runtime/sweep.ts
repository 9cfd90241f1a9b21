// The end of a run: whatever is left of its coroutines and handles.
import {
  closeHandle,
  type Handle,
  handlesOf,
  isOpen,
  type Owner,
  resourceOf,
} from "../handles/index.js";
import { type Failure, type Group, newFailure, ready, type TaskGroup } from "../kernel/index.js";
import { familyOf } from "../snapshot/index.js";
import { closingsOf } from "./bundleClose.js";
import { BundleResource } from "./bundleResource.js";

/** What has the coroutines of a run: an owner with a group for its main coroutine. */
interface RunOwner extends Owner {
  readonly group: Group;
}

/**
 * Ends all coroutines first, parents before what they started: each finds its own handles still open,
 * and may close them in a finally. Then closes what is left, the newest first.
 */
export function sweep(owner: Owner): Failure[] {
  const failures: Failure[] = [];
  for (const bundle of bundlesOf(owner)) bundle.cancelAll();
  for (const h of handlesOf(owner)) closeInto(failures, h);
  return failures;
}

/**
 * The oldest bundle first. Those that are being closed have no handle any more. A scope's bundle ends with the scope,
 * after its body.
 */
function bundlesOf(owner: Owner): BundleResource[] {
  const bundles: BundleResource[] = [];
  for (const h of handlesOf(owner).toReversed()) {
    const resource = resourceOf(h, "run");
    if (resource instanceof BundleResource && resource.parent === null) bundles.push(resource);
  }
  return [...bundles, ...closingsOf(owner)];
}

function closeInto(failures: Failure[], h: Handle): void {
  if (!isOpen(h)) return; // it was closed by what was closed before it
  const resource = resourceOf(h, "run");
  // Each keeps its place among the failures of the run.
  if (resource instanceof BundleResource) {
    for (const failure of resource.takeFailures()) failures.push(failure);
  }
  try {
    closeHandle(h, "hclose");
  } catch (error) {
    failures.push(newFailure(error));
  }
}

/** The groups by which all coroutines of a run are found, its main coroutine's first. */
export function groupsOf(run: RunOwner): TaskGroup[] {
  return [run.group, ...bundlesOf(run)];
}

export function hasReadyTask(run: RunOwner): boolean {
  return familyOf(groupsOf(run)).some(({ task }) => task.state === ready);
}
