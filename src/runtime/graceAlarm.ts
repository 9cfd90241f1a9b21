// The end of a run's grace. It is no task's deadline, because the main coroutine may wait for anything meanwhile.
import { dillError, textOf } from "../errors/index.js";
import { host } from "../host/index.js";
import { type Alarm, arm, disarm } from "../kernel/index.js";

export class GraceAlarm implements Alarm {
  heapIndex = -1;
  readonly ring: () => void;

  /** A finite length begins now; without end nothing rings. */
  constructor(length: number, ring: () => void) {
    this.ring = ring;
    if (length !== Infinity) arm(this, host.now() + length);
  }

  stop(): void {
    disarm(this);
  }
}

/** A grace in milliseconds, or `EINVAL`. */
export function readGrace(grace: unknown, syscall: string): number {
  if (typeof grace === "number" && grace >= 0) return grace;
  const message = `a grace is a number of milliseconds from 0 up, or Infinity, not ${textOf(grace)}`;
  throw dillError("EINVAL", syscall, message);
}
