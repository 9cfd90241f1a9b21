import type { Handle } from "../handles/index.js";
import {
  Alternatives,
  type Chosen,
  type Event,
  EventAlternative,
  type Step,
  WaitAny,
  type WaitsFor,
} from "../kernel/index.js";

/** Waits until there is something to do: the first of the events that comes. */
export class Opportunity extends WaitAny {
  readonly syscall: string;
  private readonly ls: Handle;
  private readonly events: () => readonly Event[];
  private readonly deadline: number;

  /** `events` is called when the wait begins: to look for a connection throws, if another coroutine does so already. */
  constructor(ls: Handle, events: () => readonly Event[], deadline: number, syscall: string) {
    super();
    this.syscall = syscall;
    this.ls = ls;
    this.events = events;
    this.deadline = deadline;
  }

  protected begin(): Step<Chosen> {
    this.checkCanceled();
    const alternatives = new Alternatives();
    this.events().forEach((event, i) => alternatives.add(new EventAlternative(this, i, event)));
    return this.waitForAny(alternatives.first, this.deadline);
  }

  protected copy(): Opportunity {
    return new Opportunity(this.ls, this.events, this.deadline, this.syscall);
  }

  override waitsFor(): WaitsFor {
    return { what: this.syscall, handle: Number(this.ls) };
  }
}
