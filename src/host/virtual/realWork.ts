// What goes on in the process beside a simulation: everything asynchronous that Node tells of. A simulated clock must not move while code of the
// program is still to run: reactions of promises, ticks, immediates, streams. And it must know what is still to come of the real
// world: timers, requests, digests.
import { contextType, noteOwnHooks } from "../node/asyncContext.js";
import { asyncHooks } from "../node/builtin.js";

/**
 * Work that ends with its callback. Sockets, and what is under way on them, are counted by what keeps the process alive: of a write
 * that is done at once, as TLS's on something simulated, nobody tells.
 */
const request = /^(Immediate|WORKER|ZLIB)$|REQ(UEST|WRAP|CALLBACK|PROMISE)?$/;

/** What stays open until it is closed: a pipe, a process, a socket. */
const handle = /WRAP$/;

interface Request {
  readonly type: string;
  readonly resource: object;
}

/** Node tells of a computation of node:crypto's also if it has been done by the time the call returns, and then tells of no end. */
function isDoneAtOnce(type: string, resource: object): boolean {
  return type.endsWith("REQUEST") && Reflect.get(resource, "ondone") === undefined;
}

export class RealWork {
  /** How much has begun, or was settled. */
  begun = 0;
  /** How many immediates are still to run. */
  immediates = 0;
  private readonly requests = new Map<number, Request>();
  /** A timer knows itself whether it is over: fired, or cleared. */
  private readonly timers = new Map<number, object>();
  /** Handles of Node's know themselves whether they are open, and keep the process alive. */
  private readonly handles = new Map<number, Request>();
  /** What the program has begun, and what has followed from that. */
  private readonly ours = new Set<number>();
  private isAside = false;
  /** Whether code of the program runs in its simulation, and not in a callback of the real loop. */
  isInside = false;
  private readonly hook: { enable(): unknown; disable(): unknown };
  private readonly currentId: () => number;

  // No hook for what is destroyed: Node would have to watch each promise for that.
  constructor() {
    const { createHook, executionAsyncId } = asyncHooks();
    this.currentId = executionAsyncId;
    this.hook = createHook({
      init: (id, type, _trigger, resource) => this.begins(id, type, resource),
      after: (id) => {
        if (this.requests.size > 0) this.ends(id);
      },
      promiseResolve: () => {
        if (!this.isAside) this.begun += 1;
      },
    });
  }

  watch(): void {
    this.forget();
    noteOwnHooks(true);
    this.hook.enable();
  }

  stop(): void {
    this.hook.disable();
    noteOwnHooks(false);
  }

  /** A program begins: nothing of what there is is its own. */
  forget(): void {
    if (this.ours.size > 0) this.ours.clear();
    if (this.timers.size > 0) this.timers.clear();
    if (this.requests.size > 0) this.requests.clear();
    if (this.handles.size > 0) this.handles.clear();
    this.immediates = 0;
  }

  /** What the job begins is not of the program's making. */
  aside(job: () => void): void {
    this.isAside = true;
    job();
    this.isAside = false;
  }

  /** The kinds of what is still to come. */
  get toCome(): ReadonlySet<string> {
    const kinds = new Set<string>();
    for (const { type, resource } of this.requests.values()) {
      if (!isDoneAtOnce(type, resource)) kinds.add(type);
    }
    for (const [id, timer] of this.timers) {
      if (Reflect.get(timer, "_destroyed") === true) this.timers.delete(id);
      else kinds.add("Timeout");
    }
    return kinds;
  }

  /**
   * The kinds of handles that have been opened and keep the process alive. What keeps it alive can be counted, too, but not told apart:
   * one that closes hides one that opens.
   */
  get openHandles(): ReadonlySet<string> {
    const kinds = new Set<string>();
    for (const [id, { type, resource }] of this.handles) {
      const hasRef: unknown = Reflect.get(resource, "hasRef");
      if (typeof hasRef === "function" && hasRef.call(resource) === true) kinds.add(type);
      else this.handles.delete(id);
    }
    return kinds;
  }

  /** Whether the code that runs now is the program's, or has followed from that. */
  get isOurs(): boolean {
    return this.isInside || this.ours.has(this.currentId());
  }

  private begins(id: number, type: string, resource: object): void {
    if (this.isAside || type === contextType) return;
    this.begun += 1;
    if (this.isOurs) this.ours.add(id);
    if (type === "PROMISE" || type === "TickObject" || type === "Microtask") return;
    if (type === "Timeout") this.timers.set(id, resource);
    else if (request.test(type)) this.requests.set(id, { type, resource });
    else if (handle.test(type)) this.handles.set(id, { type, resource });
    if (type === "Immediate") this.immediates += 1;
  }

  private ends(id: number): void {
    const type = this.requests.get(id)?.type;
    if (type === "Immediate") this.immediates -= 1;
    if (type !== "ZLIB") this.requests.delete(id); // a compressor goes on, piece by piece, and nobody tells when it is done
  }
}
