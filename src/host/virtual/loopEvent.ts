// Something that happens at a point in time.
import type { HeapMember, Linked } from "../../collections/index.js";

/** What happens in one lane happens in order; what happens in others may come first. */
export interface Lane {
  /** What happens here, for the print-out. */
  readonly what: string;
}

export class LoopEvent implements HeapMember, Linked<LoopEvent> {
  heapIndex = -1;
  before: LoopEvent | null = null;
  after: LoopEvent | null = null;
  /** How many had become due before it; -1 while it is not due. */
  duePlace = -1;
  readonly lane: Lane;
  readonly job: () => void;
  /** Whether the program waits for it. */
  readonly isRef: boolean;

  constructor(lane: Lane, job: () => void, isRef: boolean) {
    this.lane = lane;
    this.job = job;
    this.isRef = isRef;
  }
}
