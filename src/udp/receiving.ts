// Receiving a datagram: what all the functions that do have in common.
import { type Event, Wait, type WaitsFor } from "../kernel/index.js";
import { fillTargets, misfit, type ReceiveTarget, roomIn } from "../sockets/index.js";
import { type Datagram, DatagramEvent, type Inbound } from "./inbound.js";

/** Checks what the caller has given: where the datagram comes from, and what the caller gets of it. */
type Begin<T> = (syscall: string) => readonly [Inbound, (datagram: Datagram) => T];

export class Receiving<T> extends Wait<T> {
  readonly syscall: string;
  private readonly check: Begin<T>;

  constructor(check: Begin<T>, deadline: number, syscall: string) {
    super(deadline);
    this.check = check;
    this.syscall = syscall;
  }

  protected findEvent(): Event<T> {
    const [socket, make] = this.check(this.syscall);
    return new DatagramEvent(socket, make, this.syscall);
  }

  override waitsFor(): WaitsFor {
    const { event, syscall } = this;
    return { what: syscall, resource: event instanceof DatagramEvent ? event.socket : undefined };
  }

  protected copy(): Receiving<T> {
    return new Receiving(this.check, this.deadline, this.syscall);
  }
}

/** Puts a datagram into the targets. One that is longer is gone: a reader that goes on would meet it for ever. */
export function filling(
  targets: readonly ReceiveTarget[],
  syscall: string,
): (data: Buffer) => number {
  const room = roomIn(targets);
  return (data) => {
    const error = misfit(targets, room, data.length, syscall, "is gone");
    if (error !== undefined) throw error;
    return fillTargets(targets, data);
  };
}
