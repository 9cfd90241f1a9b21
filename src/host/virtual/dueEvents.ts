// The events that one turn of the loop reports. Each lane has a queue, and the queues are sorted by their first events: thousands of
// events may be due at one moment, so that nothing here may look at all of them.
import { Heap, type HeapMember, List } from "../../collections/index.js";
import type { Lane, LoopEvent } from "./loopEvent.js";

class Queue implements HeapMember {
  heapIndex = -1;
  readonly events: List<LoopEvent> = new List<LoopEvent>();
}

export class DueEvents {
  private readonly queues = new Map<Lane, Queue>();
  private readonly order = new Heap<Queue>();
  private added = 0;

  get isEmpty(): boolean {
    return this.order.length === 0;
  }

  add(event: LoopEvent): void {
    event.duePlace = this.added;
    this.added += 1;
    let queue = this.queues.get(event.lane);
    if (queue === undefined) {
      queue = new Queue();
      this.queues.set(event.lane, queue);
      this.order.add(queue, event.duePlace);
    }
    queue.events.add(event);
  }

  /** Only of an event that is due. */
  remove(event: LoopEvent): void {
    event.duePlace = -1;
    const queue = this.queues.get(event.lane);
    if (queue === undefined) return;
    const wasFirst = queue.events.first === event;
    queue.events.remove(event);
    if (!wasFirst) return;
    this.order.remove(queue);
    const { first } = queue.events;
    if (first === null) this.queues.delete(event.lane);
    else this.order.add(queue, first.duePlace);
  }

  /** Takes an event that is the first of its lane. `choose`: 0 is the one that has come first. */
  take(choose: (ways: number) => number): LoopEvent | undefined {
    const { length } = this.order;
    const queue = this.order.at(length > 1 ? choose(length) : 0);
    const event = queue?.events.first ?? undefined;
    if (event !== undefined) this.remove(event);
    return event;
  }
}
