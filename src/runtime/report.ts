// Who waits for what, as text: for the deadlock error.
import { inspectSafely } from "../errors/index.js";
import { blocked, startOf, type Task, type WaitsFor, waitText } from "../kernel/index.js";

/** How many coroutines an error message names. */
const maxListed = 20;

export function describeTasks(tasks: readonly Task[]): string[] {
  const names = new Map(
    tasks.map((task, i) => [task, i === 0 ? "main coroutine" : `coroutine ${i}`]),
  );
  const lines = tasks.slice(0, maxListed).map((task) => {
    const wait = task.state === blocked ? waitOf(task) : undefined;
    const start = inspectSafely(() => startOf(task), ""); // the program may write stacks in its own way
    const what = wait === undefined ? "nothing" : describeWait(wait, names);
    return `  ${names.get(task)}: waits in ${what}${start && `, started ${start}`}`;
  });
  if (tasks.length > maxListed) lines.push(`  … and ${tasks.length - maxListed} more`);
  return lines;
}

function describeWait(wait: WaitsFor, names: ReadonlyMap<Task, string>): string {
  const known = (wait.tasks ?? [])
    .map((task) => names.get(task))
    .filter((name) => name !== undefined);
  const call = waitText(wait);
  return known.length > 0 ? `${call} for ${known.join(", ")}` : call;
}

/** The clauses of a choose are the user's objects, which may have changed since. */
function waitOf(task: Task): WaitsFor | undefined {
  return inspectSafely(() => task.operation?.waitsFor(), { what: "an operation" });
}
