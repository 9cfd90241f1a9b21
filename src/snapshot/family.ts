// Who has started whom: the coroutines that are alive, found through the groups that each of them has made.
import type { Task, TaskGroup } from "../kernel/index.js";

/** A coroutine that is alive, and its place in the family. */
export interface Member {
  readonly task: Task;
  readonly group: TaskGroup;
  /** Whoever made the group; null: a run, or a coroutine that has ended. */
  readonly parent: Task | null;
}

/** All members of the groups, and what these have started: each parent before its children. A group may be among others' children, too. */
export function familyOf(groups: readonly TaskGroup[]): Member[] {
  const found: Member[] = [];
  const seen = new Set<TaskGroup>();
  for (const group of groups) {
    // By hand: a chain of coroutines may be longer than the JavaScript stack.
    const waiting = membersOf(group, null, seen).toReversed();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      found.push(next);
      for (const child of childrenOf(next.task, seen).toReversed()) waiting.push(child);
    }
  }
  return found;
}

function childrenOf(parent: Task, seen: Set<TaskGroup>): Member[] {
  const children: Member[] = [];
  for (let made = parent.firstGroup; made !== null; made = made.after) {
    for (const child of membersOf(made, parent, seen)) children.push(child);
  }
  return children;
}

function membersOf(group: TaskGroup, parent: Task | null, seen: Set<TaskGroup>): Member[] {
  const members: Member[] = [];
  if (seen.has(group)) return members;
  seen.add(group);
  for (let task = group.first; task !== null; task = task.after) {
    members.push({ task, group, parent });
  }
  return members;
}
