// One direction's life. A connection has two, which fail apart.
//
//   open ──▶ done      the end: EPIPE from now on
//     │
//     └───▶ broken     a deadline, a cancellation or an error in the middle: ECONNRESET from now on
//
// Busy is not a state: whoever uses the direction is in `user`, and a second one gets EBUSY. If somebody holds it, all others
// do between his operations, too.
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

export class Direction {
  state: "open" | "done" | "broken" = "open";
  user: TransferUser | null = null;
  /** Whose carrier the transfers have that may use it. */
  holder: object | null = null;

  /** Throws unless the direction may be used: busy, then done, then broken. */
  checkUsable(syscall: string, by: object | null = null): void {
    this.checkIdle(syscall, by);
    this.checkOpen(syscall);
  }

  checkIdle(syscall: string, by: object | null = null): void {
    if (this.isUsed) throw busyError(syscall);
    this.checkFree(syscall, by);
  }

  get isUsed(): boolean {
    return this.user !== null && this.user.hasLeft?.() !== true;
  }

  /** Throws EBUSY if somebody else holds the direction. */
  checkFree(syscall: string, by: object | null = null): void {
    if (this.holder !== null && this.holder !== by) throw busyError(syscall);
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

function busyError(syscall: string): DillError {
  const message = "another coroutine is using this direction of the socket";
  return dillError("EBUSY", syscall, message);
}

export function brokenError(syscall: string): DillError {
  const message = "connection reset: an earlier operation in this direction failed";
  return dillError("ECONNRESET", syscall, message);
}
