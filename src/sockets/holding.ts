// An operation of several steps that has a direction to itself from the first to the last one. What it waits in does
// not see to that: between that wait and the next step, the direction beneath is free.
import { Delegation, resumedByStranger, type Step, Standing } from "../kernel/index.js";
import type { Direction, TransferUser } from "./direction.js";

export abstract class Holding<T, U> extends Delegation<T, U> implements TransferUser {
  private held: Direction | null = null;
  /** Null while it runs. */
  private standing: Standing | null = null;

  /** The direction, which is free. Throws if it can't be used. */
  protected abstract seize(): Direction;

  protected override begin(): Step<T> {
    this.held = this.seize();
    this.held.user = this;
    return this.goOnWith(() => super.begin());
  }

  override next(sent?: unknown): Step<T> {
    // Called with as many arguments as it was itself: see BlockingOperation.next.
    if (this.held === null) return arguments.length === 0 ? super.next() : super.next(sent);
    return this.goOnWith(() => super.next(sent));
  }

  override throw(error: unknown): Step<T> {
    return this.goOnWith(() => super.throw(error));
  }

  override return(value: T): Step<T> {
    return this.goOnWith(() => super.return(value));
  }

  private goOnWith(act: () => Step<T>): Step<T> {
    const { standing } = this;
    this.standing = null;
    let isOver = true;
    let isMine = true;
    try {
      const step = act();
      isOver = step.done === true;
      isMine = step !== resumedByStranger;
      return step;
    } finally {
      if (isOver) this.release();
      else this.standing = isMine ? new Standing() : standing;
    }
  }

  private release(): void {
    const { held } = this;
    this.held = null;
    if (held?.user !== this) return;
    held.user = null;
    this.released();
  }

  /** It has the direction no more. Not called if it was left in the middle. */
  protected released(): void {}

  /** The coroutine has left it in the middle, of which nobody is told. */
  hasLeft(): boolean {
    return this.standing?.isOver() === true;
  }

  progress(): void {}

  fail(): void {}

  abandon(): void {}
}
