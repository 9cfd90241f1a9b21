import { host } from "../host/index.js";
import {
  BlockingOperation,
  turnCount,
  finished,
  type Operation,
  type Step,
} from "../kernel/index.js";
import { presentWorld } from "./world.js";

/**
 * Waits until nobody else can go on: all other coroutines are blocked, and nothing has come that could wake one.
 *
 * In a simulation that is just before the clock moves. On the real clock it is after a turn of the event loop in which no coroutine had
 * anything to do. Of several who wait for that, one goes on at a time.
 *
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled.
 * @remarks Cancellation: nothing is left behind.
 * @example See that a coroutine waits
 * ```ts
 * const server = go(serve());
 * yield* allBlocked(); // now serve() is in its ipcAccept
 * ```
 * Source: trio's wait_all_tasks_blocked
 */
export function allBlocked(): Operation<void> {
  return new AllBlocked();
}

class AllBlocked extends BlockingOperation<void> {
  readonly syscall = "all_blocked";
  private stop: () => void = () => {};

  protected begin(): Step<void> {
    this.checkCanceled();
    const task = this.waiter();
    const world = presentWorld();
    this.stop = world === null ? whenIdle(() => this.come()) : world.whenQuiet(() => this.come());
    return this.suspend(task, Infinity, "outside");
  }

  protected resume(): Step<void> {
    return finished;
  }

  undo(): void {
    this.stop();
  }

  protected copy(): AllBlocked {
    return new AllBlocked();
  }
}

/** After a turn of the event loop in which no coroutine had a turn. */
function whenIdle(job: () => void): () => void {
  let isWanted = true;
  look();
  return () => {
    isWanted = false;
  };

  function look(): void {
    const before = turnCount();
    host.afterPoll(() => {
      if (!isWanted) return;
      // The turn under way counts, too: it has begun before.
      if (turnCount() > before) look();
      else job();
    });
  }
}
