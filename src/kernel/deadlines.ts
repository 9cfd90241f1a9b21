// Armed deadlines: those of waiting tasks, and those of graces. All of them stand behind the host's one alarm.
import { Heap, type HeapMember } from "../collections/index.js";

const armed = new Heap<HeapMember>();
let lastSeq = 0;

/** Deadlines that are equal come due in the order in which they were armed. */
export function arm(member: HeapMember, deadline: number): void {
  member.key = deadline;
  member.seq = ++lastSeq;
  armed.add(member);
}

export function disarm(member: HeapMember): void {
  if (member.heapIndex >= 0) armed.remove(member);
}

/** The next member whose deadline has come, disarmed. */
export function takeDue(time: number): HeapMember | undefined {
  const { first } = armed;
  if (first === undefined || first.key > time) return undefined;
  armed.remove(first);
  return first;
}

/** `Infinity` if none is armed. */
export function nextDeadline(): number {
  return armed.first?.key ?? Infinity;
}

export function armedDeadlines(): number {
  return armed.length;
}
