// Cancellation with grace: telling a task once that it is to end. cancel.ts has the one without grace.
import { markToldSignal } from "./cancelSignal.js";
import { interrupt, rouse } from "./park.js";
import { isOnStack } from "./step.js";
import { blocked, done, none, owed, type Task, type TaskGroup } from "./task.js";

/** A group whose members are being told, and who of them is next. */
interface Round {
  readonly group: TaskGroup;
  next: Task | null;
}

/** The groups inside the task that is being told; null: none is. */
let inside: Round[] | null = null;

/**
 * Tells all members of the group, and with each what runs in scopes of its own, that a grace has begun. They are queued
 * like any other wake-up. Scopes nest deeper than the JavaScript stack, so that this is a loop.
 */
export function tellAll(group: TaskGroup): void {
  const round: Round = { group, next: group.first };
  if (inside !== null) {
    inside.push(round);
    return;
  }
  const rounds = [round];
  for (let last = rounds.at(-1); last !== undefined; last = rounds.at(-1)) {
    // Whatever has run may have ended others, but none that is still a member has left the list.
    const member: Task | null = last.next?.state === done ? last.group.first : last.next;
    if (member === null) {
      rounds.pop();
      continue;
    }
    last.next = member.after;
    for (const found of tell(member)) rounds.push(found);
  }
}

/** Tells the task. Returns the groups inside, the first one last. */
function tell(task: Task): Round[] {
  const found: Round[] = [];
  inside = found;
  try {
    tellOne(task);
  } finally {
    inside = null;
  }
  return found.toReversed();
}

/** A grace begins: the task hears of it once, and may wait until the grace is over. */
function tellOne(task: Task): void {
  if (task.cancellation !== none || task.state === done) return;
  if (isOnStack(task)) rouse(task);
  task.cancellation = owed;
  markToldSignal(task); // calls the user's listeners
  if (task.state !== blocked || !task.isInGrace) return;
  const { operation } = task;
  if (operation?.isScope === true) operation.tellInside();
  else if (task.takeOwed()) interrupt(task, "ECANCELED");
}
