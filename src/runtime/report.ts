// Who waits for what, as text: for the deadlock error.
import { inspectSafely } from "../errors/index.js";
import { blocked, startOf, type Task, type WaitsFor } from "../kernel/index.js";

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
  const { what, handle, address, tasks = [] } = wait;
  const known = tasks.map((task) => names.get(task)).filter((name) => name !== undefined);
  const given = [address === undefined ? undefined : `"${address}"`, handle].filter(
    (part) => part !== undefined,
  );
  const name = what.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()); // bundle_wait: bundleWait
  const call = given.length > 0 ? `${name}(${given.join(", ")})` : name;
  return known.length > 0 ? `${call} for ${known.join(", ")}` : call;
}

/** The clauses of a choose are the user's objects, which may have changed since. */
function waitOf(task: Task): WaitsFor | undefined {
  return inspectSafely(() => task.operation?.waitsFor(), { what: "an operation" });
}
