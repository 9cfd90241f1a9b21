import type { Handle } from "../handles/index.js";
import type { Failure, HostListener, ListenEvents } from "../host/index.js";
import type { Step, WaitsFor } from "../kernel/index.js";
import { failureError } from "./failureError.js";
import type { ListenerResource } from "./listener.js";
import { OpeningListener } from "./opening.js";

/** How a protocol takes over a descriptor that listens. */
export interface ListenerAdoption {
  readonly syscall: string;
  /** For reports: the function as the program calls it. */
  readonly name: string;
  newListener(): ListenerResource;
  adopt(fd: number, events: ListenEvents): HostListener | Failure;
}

/** Makes a listener of a descriptor. */
export class AdoptListener<L extends Handle> extends OpeningListener<L> {
  readonly syscall: string;
  readonly #fd: number;
  readonly #adoption: ListenerAdoption;
  readonly #listener: ListenerResource;

  constructor(fd: number, adoption: ListenerAdoption) {
    super();
    this.syscall = adoption.syscall;
    this.#fd = fd;
    this.#adoption = adoption;
    this.#listener = adoption.newListener();
  }

  protected begin(): Step<L> {
    this.checkCanceled();
    const listener = this.#listener;
    const adopted = this.#adoption.adopt(this.#fd, this.eventsFor(listener));
    if ("code" in adopted) throw failureError(adopted, this.syscall);
    listener.host = adopted;
    return this.suspendUnlessCome(this.waiter(), Infinity, "outside");
  }

  undo(): void {
    this.#listener.close();
  }

  protected copy(): AdoptListener<L> {
    return new AdoptListener(this.#fd, this.#adoption);
  }

  override waitsFor(): WaitsFor {
    return { what: `${this.#adoption.name}(${this.#fd})` };
  }
}
