// What goes on in the process beside a simulation: everything asynchronous that Node tells of. A simulated clock must not move while code of the
// program is still to run: reactions of promises, ticks, immediates, streams. And it must know what is still to come of the real
// world: timers, requests, digests.
import { asyncHooks } from "../node/builtin.js";

/** Of these only the beginning counts: they run in this turn of the loop, or whenever somebody settles them. */
const passing = new Set(["PROMISE", "TickObject", "Microtask"]);
/** Work that ends with its callback. Sockets and the like are counted by what keeps the process alive. */
const request =
  /^(Immediate|WORKER|ZLIB)$|REQ(UEST|WRAP|CALLBACK|PROMISE)?$|(CONNECT|SHUTDOWN|WRITE|SEND)WRAP$/;

export class RealWork {
  /** How much has begun, or was settled. */
  begun = 0;
  private readonly pending = new Map<number, string>();
  private isAside = false;
  private readonly hook: { enable(): unknown; disable(): unknown };

  constructor() {
    this.hook = asyncHooks().createHook({
      init: (id, type) => this.begins(id, type),
      after: (id) => {
        if (request.test(this.pending.get(id) ?? "")) this.pending.delete(id);
      },
      destroy: (id) => void this.pending.delete(id),
      promiseResolve: () => {
        if (!this.isAside) this.begun += 1;
      },
    });
  }

  watch(): void {
    this.pending.clear();
    this.hook.enable();
  }

  stop(): void {
    this.hook.disable();
  }

  /** What the job begins is not of the program's making. */
  aside(job: () => void): void {
    this.isAside = true;
    job();
    this.isAside = false;
  }

  /** The kinds of what is still to come. */
  get toCome(): ReadonlySet<string> {
    return new Set(this.pending.values());
  }

  private begins(id: number, type: string): void {
    if (this.isAside) return;
    this.begun += 1;
    if (passing.has(type)) return;
    if (type === "Timeout" || request.test(type)) this.pending.set(id, type);
  }
}
