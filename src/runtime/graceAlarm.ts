// The end of a run's grace. It is no task's deadline, because the main coroutine may wait for anything meanwhile.
import type { Options } from "../errors/index.js";
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

/** In milliseconds; none if not given. */
export function readGrace(options: Options<{ readonly grace?: number | undefined }>): number {
  return options.read("grace", 0, "a number of milliseconds from 0 up, or Infinity", isGrace);
}

function isGrace(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}
