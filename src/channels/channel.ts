// A channel: two halves, who waits on each, and the invariants.
//
//        half A                       half B
//   chsend(A) ───────▶ mailbox of B ───────▶ chrecv(B)
//   chrecv(A) ◀─────── mailbox of A ◀─────── chsend(B)
//
// Each half owns the mailbox of what is sent towards it. Nothing is ever stored in one: a message goes
// straight from a sender to a receiver.
// Invariants:
// - The one exception are messages that were returned, because Effection halted their receiver at the last moment.
// - In a mailbox senders or receivers wait, not both: they would have met. The one exception is a choose that both
//   sends and receives there: it does not meet itself.
// - A done mailbox has nobody waiting. It stays done.
// - A party is in a mailbox exactly while its coroutine waits there.
// - The parties of a choose leave together: the first that meets somebody takes all others out.
import { List } from "../collections/index.js";
import { type Handle, type Resource, resourceOf, wrongKind } from "../handles/index.js";
import type { Waiter } from "../kernel/index.js";

declare const sends: unique symbol;
declare const receives: unique symbol;

/** Handle of one end of a channel, through which `S` is sent and `R` received. */
export type Channel<S, R = S> = Handle<"chan"> & {
  readonly [sends]: (message: S) => void;
  readonly [receives]: () => R;
};

/** One who waits in a mailbox: a chsend, a chrecv, or a clause of a choose. Its event is that it meets another. */
export interface Party extends Waiter {
  readonly isSender: boolean;
  /** The message that a sender brings, or that a receiver has been given. */
  value: unknown;
}

/** A message without its sender, who has gone on. */
class ReturnedMessage implements Party {
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly isSender = true;
  value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  fire(): void {}

  fail(): void {}
}

/** What is sent towards one half. */
export class Mailbox {
  /** Those that wait, in the order in which they came: senders or receivers, but for the choose named above. */
  private readonly waiting = new List<Waiter>();
  /** Whether there may be senders and receivers at once. */
  private isMixed = false;
  /** Messages whose receiver was halted before it could take them: they come before all others, the end too. */
  private returned: ReturnedMessage[] | null = null;
  isDone = false;
  /** Both ends of the channel are closed. */
  private isBroken = false;

  /** The sender, or the receiver, that has waited longest, taken out. */
  take(isSender: boolean): Party | null {
    if (isSender && this.returned !== null) return this.takeReturned(this.returned);
    const party = this.find(isSender);
    if (party !== null) this.waiting.remove(party);
    return party;
  }

  /** Whether a sender, or a receiver, waits. */
  has(isSender: boolean): boolean {
    return (isSender && this.returned !== null) || this.find(isSender) !== null;
  }

  private find(isSender: boolean): Party | null {
    let party = this.waiting.first as Party | null;
    if (party === null || party.isSender === isSender || !this.isMixed) {
      return party !== null && party.isSender === isSender ? party : null;
    }
    while (party !== null && party.isSender !== isSender) party = party.after as Party | null;
    return party;
  }

  add(party: Party): void {
    const first = this.waiting.first as Party | null;
    if (first === null) this.isMixed = false;
    else if (first.isSender !== party.isSender) this.isMixed = true;
    this.waiting.add(party);
  }

  remove(party: Party): void {
    this.waiting.remove(party);
  }

  /** Whether it is the end for a sender, or for a receiver. */
  isEnd(isSender: boolean): boolean {
    return this.isBroken || (this.isDone && (isSender || this.returned === null));
  }

  giveBack(message: unknown): void {
    const receiver = this.take(false);
    if (receiver === null) {
      (this.returned ??= []).push(new ReturnedMessage(message));
      return;
    }
    receiver.value = message;
    receiver.fire();
  }

  private takeReturned(returned: ReturnedMessage[]): Party | null {
    const first = returned.shift();
    if (returned.length === 0) this.returned = null;
    return first ?? null;
  }

  close(): void {
    this.isBroken = true;
    this.breakUp();
  }

  /** Nobody in here will ever meet anybody; the receivers hear of it first. */
  breakUp(): void {
    for (const isSender of [false, true]) {
      for (let party = this.find(isSender); party !== null; party = this.find(isSender)) {
        this.waiting.remove(party);
        party.fail("EPIPE");
      }
    }
  }
}

/** One end of a channel. */
export class ChannelHalf implements Resource {
  get kind(): string {
    return "a channel";
  }

  readonly mailbox: Mailbox = new Mailbox();
  /** The other end; set right after both are made. */
  peer: ChannelHalf = this;
  private isClosed = false;
  private readonly isFirst: boolean;

  constructor(isFirst: boolean) {
    this.isFirst = isFirst;
  }

  query(type: unknown): unknown {
    return type === ChannelHalf ? this : undefined;
  }

  /**
   * One end alone tells nobody, as in libdill; with the second one everybody learns, those who wait for
   * what is sent towards the first end before the others.
   */
  close(): void {
    this.isClosed = true;
    if (!this.peer.isClosed) return;
    const [first, second] = this.isFirst ? [this, this.peer] : [this.peer, this];
    first.mailbox.close();
    second.mailbox.close();
  }
}

export function halfOf(h: Channel<never, unknown>, syscall: string): ChannelHalf {
  const resource = resourceOf(h, syscall);
  if (!(resource instanceof ChannelHalf)) throw wrongKind(h, resource, "a channel", syscall);
  return resource;
}
