// A process's event loop in virtual time. Whoever drives it calls `step` until nothing is left to do at this moment, and then
// `jump`, which moves the clock. Nothing happens by itself.
import { Heap, Ring } from "../../collections/index.js";
import type { Choices } from "./choices.js";
import { DueEvents } from "./dueEvents.js";
import { type Lane, LoopEvent } from "./loopEvent.js";

type Job = () => void;

/** Where virtual time begins, in milliseconds: large enough for a clock, and small enough for exact thousandths. */
const epoch = 1e9;
/** So many looks at the clock in one step are a loop that waits for the time to pass. */
const idleReads = 1000;
/** What each look costs then, in milliseconds. */
const costOfRead = 0.01;

/** Is told what is reported from outside. */
export interface Witness {
  event(what: string): void;
}

export class EventLoop {
  /** Jobs and events since the clock has moved last. */
  stepsAtMoment = 0;
  /** Jobs, events, steps and operations so far. */
  spent = 0;
  private time = epoch;
  private reads = 0;
  private readonly microtasks: Ring<Job> = new Ring<Job>();
  private readonly immediates: Ring<Job> = new Ring<Job>();
  /** How many of the immediates belong to the turn of the loop under way. */
  private immediatesLeft = 0;
  private readonly events = new Heap<LoopEvent>();
  /** The events that this turn of the loop reports. */
  private readonly due = new DueEvents();
  private readonly alarm: LoopEvent;
  private alarmAt = Infinity;
  private ring: Job = () => {};
  private choices: Choices;
  private readonly onWork: Job;
  private readonly cost: number;
  private readonly witness: Witness | null;
  /** Events that the program waits for. */
  private awaited = 0;

  /** `cost`: what a job or an event takes, in milliseconds. `onWork`: something has been queued. */
  constructor(choices: Choices, cost: number, onWork: Job, witness: Witness | null = null) {
    this.choices = choices;
    this.cost = cost;
    this.onWork = onWork;
    this.witness = witness;
    this.alarm = new LoopEvent({ what: "a deadline comes" }, () => this.ring(), false);
  }

  now(): number {
    this.reads += 1;
    if (this.reads > idleReads) this.time += costOfRead;
    return this.time;
  }

  /** Whether nothing is left of the run that was. */
  get isClean(): boolean {
    const { microtasks, immediates, events, due } = this;
    return due.isEmpty && microtasks.length + immediates.length + events.length === 0;
  }

  /** Begins anew: only while it is clean. */
  reset(choices: Choices): void {
    this.choices = choices;
    this.time = epoch;
    this.reads = 0;
    this.stepsAtMoment = 0;
    this.immediatesLeft = 0;
    this.alarmAt = Infinity;
    this.awaited = 0;
  }

  /** The time, for what is no look of the program's at the clock. */
  get moment(): number {
    return this.time;
  }

  setAlarm(at: number, ring: Job): void {
    this.alarmAt = at;
    this.ring = ring;
  }

  microtask(job: Job): void {
    this.microtasks.push(job);
    this.onWork();
  }

  /** After the events that are due by then. */
  macrotask(job: Job): void {
    this.immediates.push(job);
    this.onWork();
  }

  /** The second immediate comes after a whole poll, as in Node. */
  afterPoll(job: Job): void {
    this.macrotask(() => this.macrotask(job));
  }

  /** The function returned prevents the event. */
  at(time: number, lane: Lane, job: Job, isRef = true): Job {
    const event = new LoopEvent(lane, job, isRef);
    this.events.add(event, Math.max(time, this.time));
    if (isRef) this.awaited += 1;
    this.onWork();
    return () => {
      if (event.heapIndex >= 0) this.remove(event);
      else if (event.duePlace >= 0) this.due.remove(event);
    };
  }

  private remove(event: LoopEvent): void {
    this.events.remove(event);
    if (event.isRef) this.awaited -= 1;
  }

  /** What the program does takes time. */
  spend(): void {
    this.reads = 0;
    this.spent += 1;
    this.stepsAtMoment = this.cost > 0 ? 0 : this.stepsAtMoment + 1;
    this.time += this.cost;
  }

  /** Does what is next at this moment. False: nothing is. */
  step(): boolean {
    const job = this.microtasks.shift() ?? this.nextEvent() ?? this.nextImmediate();
    if (job === undefined) return this.turn();
    this.spend();
    job();
    return true;
  }

  /** When the next event comes: `Infinity` if none does that the program waits for. */
  get next(): number {
    if (this.awaited === 0 && this.alarmAt === Infinity) return Infinity;
    return Math.min(this.alarmAt, this.events.firstKey ?? Infinity);
  }

  /** Whether something from outside has come, or comes at this moment. */
  get hasEvents(): boolean {
    return !this.due.isEmpty || this.next <= this.time;
  }

  /** Moves the clock on, at the most to the next event. */
  moveTo(time: number): void {
    const to = Math.min(time, this.next);
    if (to <= this.time) return;
    this.time = to;
    this.stepsAtMoment = 0;
  }

  private nextEvent(): Job | undefined {
    const event = this.due.take((ways) => this.choices.choose("event", ways));
    if (event === undefined) return undefined;
    this.witness?.event(event.lane.what);
    return event.job;
  }

  private nextImmediate(): Job | undefined {
    if (this.immediatesLeft === 0) return undefined;
    this.immediatesLeft -= 1;
    return this.immediates.shift();
  }

  /** The loop's next turn: timers and I/O first, then the immediates that there are by now. */
  private turn(): boolean {
    if (this.alarmAt <= this.time) {
      this.alarmAt = Infinity;
      this.due.add(this.alarm);
    }
    const { events } = this;
    for (let { first } = events; first !== undefined; first = events.first) {
      if (events.keyOf(first) > this.time) break;
      this.remove(first);
      this.due.add(first);
    }
    this.immediatesLeft = this.immediates.length;
    return !this.due.isEmpty || this.immediatesLeft > 0;
  }
}
