// Armed deadlines: those of waiting tasks, and those of graces. All of them stand behind the host's one alarm.
import { Heap, type HeapMember } from "../collections/index.js";

/** Deadlines that are equal come due in the order in which they were armed. */
const armed = new Heap<HeapMember>();

export function arm(member: HeapMember, deadline: number): void {
  armed.add(member, deadline);
}

export function disarm(member: HeapMember): void {
  if (member.heapIndex >= 0) armed.remove(member);
}

/** The deadline of one that is armed. */
export function deadlineOf(member: HeapMember): number {
  return armed.keyOf(member);
}

/** The next member whose deadline has come, disarmed. */
export function takeDue(time: number): HeapMember | undefined {
  const { first } = armed;
  if (first === undefined || nextDeadline() > time) return undefined;
  armed.remove(first);
  return first;
}

/** `Infinity` if none is armed. */
export function nextDeadline(): number {
  return armed.firstKey ?? Infinity;
}

export function armedDeadlines(): number {
  return armed.length;
}
