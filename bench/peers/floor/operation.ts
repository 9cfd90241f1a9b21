// What `yield*` runs: one small object that is its own iterator and its own result, as ours are.
import { canceled, type Coroutine, park, running, type Wait, wake } from "./coroutine.js";
import { Alarm, type Sleeper } from "./alarms.js";

export const timedOut = new Error("timed out");

export interface Operation<T> {
  [Symbol.iterator](): Iterator<unknown, T, unknown>;
}

class Sleep implements Wait, Sleeper {
  done = false;
  value = undefined;
  failure: Error | null = null;
  private coroutine: Coroutine | null = null;
  private readonly alarm: Alarm | null;

  constructor(deadline: number) {
    this.alarm = deadline < 0 ? null : new Alarm(deadline, this);
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): this {
    if (this.coroutine === null) {
      if (running.isCanceled) throw canceled;
      this.coroutine = park(this);
      this.alarm?.set();
      return this;
    }
    // V8 up to Node 20 compiles what has looped often enough: of this function every second call throws.
    for (let look = 0; look < 2; look++) if (this.failure === null) return this;
    throw this.failure!;
  }

  leave(): void {
    this.alarm?.unset();
  }

  ring(): void {
    this.done = true;
    wake(this.coroutine!);
  }
}

export function sleep(deadline: number): Operation<undefined> {
  return new Sleep(deadline);
}
