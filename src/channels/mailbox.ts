// Where the two parties of a message meet: who waits for what is sent towards one half of a channel.
//
// Invariants:
// - A message is never stored in a mailbox. The one exception are messages that were returned, because Effection
//   halted their receiver at the last moment.
// - In a mailbox senders or receivers wait, not both: they would have met. The one exception is a choose that both
//   sends and receives there: it does not meet itself.
// - A done mailbox has nobody waiting. It stays done.
// - A party is in a mailbox exactly while its coroutine waits there.
// - The parties of a choose leave together: the first that meets somebody takes all others out.
import type { Waiter } from "../kernel/index.js";

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
  // The list is written out for speed (bench: chan): see collections/list.ts.
  /** Those that wait, in the order in which they came: senders or receivers, but for the choose named above. */
  private first: Party | null = null;
  /** Whether there may be senders and receivers at once. */
  private isMixed = false;
  /** Messages whose receiver was halted before it could take them: they come before all others, the end too. */
  private returned: ReturnedMessage[] | null = null;
  /** "done": nobody sends any more. "broken": both ends of the channel are closed. */
  private end: "open" | "done" | "broken" = "open";

  /** The sender, or the receiver, that has waited longest, taken out. */
  take(isSender: boolean): Party | null {
    if (isSender && this.returned !== null) return this.takeReturned(this.returned);
    const party = this.find(isSender);
    if (party !== null) this.remove(party);
    return party;
  }

  /** Whether a sender, or a receiver, waits. */
  has(isSender: boolean): boolean {
    return (isSender && this.returned !== null) || this.find(isSender) !== null;
  }

  private find(isSender: boolean): Party | null {
    let party = this.first;
    if (party === null || party.isSender === isSender || !this.isMixed) {
      return party !== null && party.isSender === isSender ? party : null;
    }
    while (party !== null && party.isSender !== isSender) party = party.after as Party | null;
    return party;
  }

  add(party: Party): void {
    const { first } = this;
    if (first === null) this.isMixed = false;
    else if (first.isSender !== party.isSender) this.isMixed = true;
    party.after = null;
    if (first === null) {
      party.before = party;
      this.first = party;
      return;
    }
    const last = first.before as Party;
    party.before = last;
    last.after = party;
    first.before = party;
  }

  remove(party: Party): void {
    const { before, after } = party;
    const { first } = this;
    if (party === first) this.first = after as Party | null;
    else if (before !== null) before.after = after;
    const successor = after ?? this.first;
    if (successor !== null) successor.before = before;
    party.before = null;
    party.after = null;
  }

  /** Whether it is the end for a sender, or for a receiver. */
  isEnd(isSender: boolean): boolean {
    if (this.end === "open") return false;
    return this.end === "broken" || isSender || this.returned === null;
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

  get isDone(): boolean {
    return this.end !== "open";
  }

  /** Nobody sends any more. */
  finish(): void {
    this.end = "done";
    this.breakUp();
  }

  /** Both ends of the channel are closed. */
  endForAll(): void {
    this.end = "broken";
    this.breakUp();
  }

  /** Nobody in here will ever meet anybody; the receivers hear of it first. */
  private breakUp(): void {
    for (const isSender of [false, true]) {
      for (let party = this.find(isSender); party !== null; party = this.find(isSender)) {
        this.remove(party);
        party.fail("EPIPE");
      }
    }
  }
}
