// One direction's life. A connection has two, which fail apart.
//
//   open ──▶ done      the end: EPIPE from now on
//     │
//     └───▶ broken     a deadline, a cancellation or an error in the middle: ECONNRESET from now on
//
// Busy is not a state: whoever uses the direction is in `user`, and a second one gets EBUSY.
import type { Failure } from "../host/index.js";
import { type DillError, dillError, signalError } from "../errors/index.js";

/** Who uses a direction: a transfer, or somebody who waits until one need not wait. */
export interface TransferUser {
  /** Something has happened on the socket. */
  progress(): void;
  fail(failure: Failure): void;
  /** The socket is being closed. */
  abandon(): void;
  /** Whether it uses the direction no more, and could not say so. */
  hasLeft?(): boolean;
}

/** Uses a direction, and waits in operations of a socket beneath, which tells it all. */
export const waitingBeneath: TransferUser = {
  progress(): void {},
  fail(): void {},
  abandon(): void {},
};

export class Direction {
  state: "open" | "done" | "broken" = "open";
  user: TransferUser | null = null;

  /** Throws unless the direction may be used: busy, then done, then broken. */
  checkUsable(syscall: string): void {
    this.checkIdle(syscall);
    this.checkOpen(syscall);
  }

  checkIdle(syscall: string): void {
    if (this.user === null || this.user.hasLeft?.() === true) return;
    const message = "another coroutine is using this direction of the socket";
    throw dillError("EBUSY", syscall, message);
  }

  checkOpen(syscall: string): void {
    if (this.state === "done") throw signalError("EPIPE", syscall);
    if (this.state === "broken") throw brokenError(syscall);
  }

  /** What was under way can't be taken up again: who knows how much of it has passed. */
  break(): void {
    if (this.state === "open") this.state = "broken";
  }
}

export function brokenError(syscall: string): DillError {
  const message = "connection reset: an earlier operation in this direction failed";
  return dillError("ECONNRESET", syscall, message);
}
