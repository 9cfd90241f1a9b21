// A channel: two halves, who waits on each, and the invariants.
//
//        half A                       half B
//   chsend(A) ───────▶ mailbox of B ───────▶ chrecv(B)
//   chrecv(A) ◀─────── mailbox of A ◀─────── chsend(B)
//
// Each half owns the mailbox of what is sent towards it. Nothing is ever stored in one: a message goes
// straight from a sender to a receiver.
// Invariants:
// - But for messages that were returned, whose receivers Effection halted at the last moment.
// - In a mailbox senders or receivers wait, not both: they would have met. But for a choose that both
//   sends and receives there: it does not meet itself.
// - A done mailbox has nobody waiting. It stays done.
// - A party is in a mailbox exactly while its coroutine waits there.
// - The parties of a choose leave together: the first that meets somebody takes all others out.
import { type Linked, List } from "../collections/index.js";
import { type Handle, type Resource, resourceOf, wrongKind } from "../handles/index.js";

declare const sends: unique symbol;
declare const receives: unique symbol;

/** Handle of one end of a channel, through which `S` is sent and `R` received. */
export type Channel<S, R = S> = Handle<"chan"> & {
  readonly [sends]: (message: S) => void;
  readonly [receives]: () => R;
};

/** One who waits in a mailbox: a chsend, a chrecv, or a clause of a choose. */
export interface Party extends Linked<Party> {
  readonly isSender: boolean;
  /** The message that a sender brings, or that a receiver has been given. */
  value: unknown;
  /** It met somebody or, with `isBroken`, never will. It has left its mailbox. */
  met(isBroken: boolean): void;
}

/** A message without its sender, who has gone on. */
class ReturnedMessage implements Party {
  before: Party | null = null;
  after: Party | null = null;
  readonly isSender = true;
  value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  met(): void {}
}

/** What is sent towards one half. */
export class Mailbox {
  /** Few channels ever see somebody wait in more than one of their four lists. */
  private senders: List<Party> | null = null;
  private receivers: List<Party> | null = null;
  /** Messages whose receiver was halted before it could take them: they come before all others, the end too. */
  returned: ReturnedMessage[] | null = null;
  isDone = false;

  /** The sender, or the receiver, who has waited longest, taken out. */
  take(isSender: boolean): Party | null {
    if (isSender && this.returned !== null) return this.takeReturned(this.returned);
    return takeFirst(isSender ? this.senders : this.receivers);
  }

  add(party: Party): void {
    if (party.isSender) (this.senders ??= new List<Party>()).add(party);
    else (this.receivers ??= new List<Party>()).add(party);
  }

  remove(party: Party): void {
    (party.isSender ? this.senders : this.receivers)?.remove(party);
  }

  /** Whether it is the end for a sender, or for a receiver. */
  isEnd(isSender: boolean): boolean {
    return this.isDone && (isSender || this.returned === null);
  }

  giveBack(message: unknown): void {
    const receiver = this.take(false);
    if (receiver === null) {
      (this.returned ??= []).push(new ReturnedMessage(message));
      return;
    }
    receiver.value = message;
    receiver.met(false);
  }

  private takeReturned(returned: ReturnedMessage[]): Party | null {
    const first = returned.shift();
    if (returned.length === 0) this.returned = null;
    return first ?? null;
  }

  /** Nobody in here will ever meet anybody; the receivers hear of it first. */
  breakUp(): void {
    for (const waiting of [this.receivers, this.senders]) {
      for (let party = takeFirst(waiting); party !== null; party = takeFirst(waiting)) {
        party.met(true);
      }
    }
  }
}

function takeFirst(waiting: List<Party> | null): Party | null {
  if (waiting === null) return null;
  const { first } = waiting;
  if (first !== null) waiting.remove(first);
  return first;
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
    first.mailbox.breakUp();
    second.mailbox.breakUp();
  }
}

export function halfOf(h: Channel<never, unknown>, syscall: string): ChannelHalf {
  const resource = resourceOf(h, syscall);
  if (!(resource instanceof ChannelHalf)) throw wrongKind(h, resource, "a channel", syscall);
  return resource;
}
