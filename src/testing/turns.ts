// Where turns end in a simulation, and in which order coroutines have theirs: the scheduler's choices as choices of the world.
import { dillError } from "../errors/index.js";
import type { Choices, EventLoop } from "../host/virtual/index.js";
import {
  type Beginning,
  bringForward,
  currentTask,
  hasRunningTask,
  readyCount,
  type Steering,
  waitText,
} from "../kernel/index.js";
import type { Trace } from "./trace.js";

/** As the clock would, it ends turns that go on and on. */
const longestTurn = 5_000;

export class Turns implements Steering {
  private readonly loop: EventLoop;
  private choices: Choices;
  private readonly isOrdered: boolean;
  private readonly trace: Trace | null;
  private units = 0;
  private last: Beginning | null = null;

  constructor(loop: EventLoop, choices: Choices, order: "fifo" | "any", trace: Trace | null) {
    this.loop = loop;
    this.choices = choices;
    this.isOrdered = order === "fifo";
    this.trace = trace;
  }

  /** Begins anew. */
  reset(choices: Choices): void {
    this.choices = choices;
    this.units = 0;
    this.last = null;
  }

  endsTurn(operation: Beginning | null, isOver: boolean): boolean {
    this.loop.spend();
    if (operation !== null) {
      this.last = operation;
      this.trace?.begins(currentTask(), operation);
    } else if (!this.isOrdered) this.chooseNext();
    this.units += 1;
    const ends = isOver || this.units >= longestTurn || this.isChosenToEnd(operation !== null);
    if (!ends) return false;
    this.units = 0;
    this.trace?.turnIsOver(operation !== null);
    return true;
  }

  /**
   * Only where somebody can tell the difference. To a coroutine that is about to be stepped what comes from outside is the only thing
   * that can come in between; to an operation also the coroutines that are ready, or wait on the stack.
   */
  private isChosenToEnd(isInside: boolean): boolean {
    const matters = this.loop.hasEvents || (isInside && (readyCount() > 0 || hasRunningTask()));
    return matters && this.choices.choose("turn", 2) === 1;
  }

  private chooseNext(): void {
    const count = readyCount();
    if (count < 2) return;
    const place = this.choices.choose("next", count);
    if (place > 0) bringForward(place);
  }

  /** Coroutines have gone on and on while the clock stood. */
  livelock(steps: number): Error {
    const lastSeen = this.last === null ? "a loop of bare yields" : waitText(this.last.waitsFor());
    const message = `livelock: the clock has stood for ${steps} steps, and the program has not come to rest; it was last seen in ${lastSeen}. If it polls, give each step a { cost } in virtual milliseconds`;
    return dillError("EDEADLK", "simulate", message);
  }
}
