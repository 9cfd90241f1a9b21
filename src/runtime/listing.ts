// Who waits for what: for the deadlock error.
import { type Handle, resourceOf } from "../handles/index.js";
import { BundleResource } from "./bundle.js";
import { blocked, type MadeGroup, type Task } from "./coroutine.js";
import { startOf } from "./origin.js";

/** How many coroutines an error message names. */
const most = 20;

/** All coroutines under a root group and in the bundles among the handles, the root's first. */
export function tasksOf(root: MadeGroup, handles: readonly Handle[]): Task[] {
  const found = new Set<Task>();
  const groups: MadeGroup[] = [root];
  for (const h of handles) {
    const resource = resourceOf(h, "run");
    if (resource instanceof BundleResource) groups.push(resource.group);
  }
  for (const group of groups) {
    for (let task = group.members.first; task !== null; task = task.after) {
      if (found.has(task)) continue;
      found.add(task);
      for (let made = task.groups?.first ?? null; made !== null; made = made.after) {
        groups.push(made);
      }
    }
  }
  return [...found];
}

export function describeTasks(tasks: readonly Task[]): string {
  const lines = tasks.slice(0, most).map((task, i) => {
    const name = i === 0 ? "main coroutine" : `coroutine ${i}`;
    const wait = task.state === blocked ? task.operation?.describe() : undefined;
    const start = startOf(task);
    return `  ${name}: waits in ${wait ?? "nothing"}${start && `, started ${start}`}`;
  });
  if (tasks.length > most) lines.push(`  … and ${tasks.length - most} more`);
  return lines.join("\n");
}
