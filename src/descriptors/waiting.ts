// Who waits for which descriptor: one coroutine for its bytes, and one for room.
import { dillError } from "../errors/index.js";
import type { Failure } from "../host/index.js";
import { descriptors, type Readiness, type Watch } from "../host/native/index.js";
import { type Event, Wait, type Waiter, type WaitsFor } from "../kernel/index.js";
import { failureError } from "../sockets/index.js";

const waiting: Record<Readiness, Set<number>> = { in: newSet(), out: newSet() };

function newSet(): Set<number> {
  return new Set();
}

export function isWaitedFor(fd: number): boolean {
  return waiting.in.has(fd) || waiting.out.has(fd);
}

class DescriptorEvent implements Event<void> {
  readonly source = "outside";
  readonly #fd: number;
  readonly #readiness: Readiness;
  readonly #syscall: string;
  #watch: Watch | null = null;
  #waiter: Waiter | null = null;

  constructor(fd: number, readiness: Readiness, syscall: string) {
    this.#fd = fd;
    this.#readiness = readiness;
    this.#syscall = syscall;
  }

  /** The first step that asks the system: it also tells what is wrong with the descriptor. */
  isReady(): boolean {
    const watch = this.#open();
    if (waiting[this.#readiness].has(this.#fd)) {
      watch.close();
      const message = `another coroutine waits for file descriptor ${this.#fd}`;
      throw dillError("EBUSY", this.#syscall, message);
    }
    if (watch.isReady()) {
      watch.close();
      return true;
    }
    this.#watch = watch;
    return false;
  }

  #open(): Watch {
    if (!Number.isInteger(this.#fd) || this.#fd < 0 || this.#fd > 2 ** 31 - 1) {
      throw this.#error({ code: "EBADF" });
    }
    const watch = descriptors().watch(this.#fd, this.#readiness, () => this.#ready());
    if ("code" in watch) throw this.#error(watch);
    return watch;
  }

  #error(failure: Failure): Error {
    const { code, message } = failure;
    const isMissing = code === "EBADF" && message === undefined;
    const said = isMissing ? `file descriptor ${this.#fd} is not open` : message;
    return failureError({ ...failure, message: said }, this.#syscall);
  }

  add(waiter: Waiter): void {
    this.#waiter = waiter;
    waiting[this.#readiness].add(this.#fd);
    this.#watch?.start();
  }

  #ready(): void {
    this.remove();
    this.#waiter?.fire();
  }

  remove(): void {
    waiting[this.#readiness].delete(this.#fd);
    this.#watch?.close();
    this.#watch = null;
  }

  take(): void {}
}

export class DescriptorWait extends Wait<void> {
  readonly syscall: string;
  readonly #fd: number;
  readonly #readiness: Readiness;

  constructor(fd: number, readiness: Readiness, deadline: number) {
    super(deadline);
    this.#fd = fd;
    this.#readiness = readiness;
    this.syscall = `fd${readiness}`;
  }

  protected findEvent(): Event<void> {
    return new DescriptorEvent(this.#fd, this.#readiness, this.syscall);
  }

  protected copy(): DescriptorWait {
    return new DescriptorWait(this.#fd, this.#readiness, this.deadline);
  }

  override waitsFor(): WaitsFor {
    return { what: `${this.syscall}(${this.#fd})` };
  }
}
