// Loops over operations that may never wait, such as those of a user's bytestream. Such a loop is one operation to its
// caller, so that nobody else would end it: neither the turn, nor the deadline, nor a cancellation.
import { host } from "../host/index.js";
import { BlockingOperation, finished, type Step } from "./blockingOperation.js";
import { isPast } from "./deadline.js";
import type { Operation } from "./operation.js";
import { currentTask } from "./step.js";
import { none } from "./task.js";

/** Without a right to wait, what is there is taken: so many rounds at least… */
const lateRounds = 256;
/** …and under a deadline for so many milliseconds. What still comes has no end. */
const lateTime = 20;

/** The rounds of one loop. */
export class Rounds {
  private readonly syscall: string;
  private late = 0;
  private lateSince: number | undefined;

  constructor(syscall: string) {
    this.syscall = syscall;
  }

  /** Between two rounds. It gives way if the turn is over, and ends a loop that would go on for ever. */
  next(deadline: number): Operation<void> {
    return new Round(this, deadline, this.syscall);
  }

  isLate(deadline: number): boolean {
    if (!isPast(deadline)) return false;
    const time = host.now();
    this.lateSince ??= time;
    return this.hasHadItsRounds() && time - this.lateSince > lateTime;
  }

  hasHadItsRounds(): boolean {
    this.late += 1;
    return this.late > lateRounds;
  }
}

class Round extends BlockingOperation<void> {
  readonly syscall: string;
  private readonly rounds: Rounds;
  private readonly deadline: number;

  constructor(rounds: Rounds, deadline: number, syscall: string) {
    super();
    this.syscall = syscall;
    this.rounds = rounds;
    this.deadline = deadline;
  }

  protected begin(): Step<void> {
    const cancellation = currentTask()?.cancellation ?? none;
    if (cancellation !== none && this.rounds.hasHadItsRounds()) this.checkCanceled();
    return this.rounds.isLate(this.deadline) ? this.failWith("ETIMEDOUT") : finished;
  }

  protected resume(): Step<void> {
    return finished;
  }

  protected copy(): Round {
    return new Round(this.rounds, this.deadline, this.syscall);
  }

  undo(): void {}
}
