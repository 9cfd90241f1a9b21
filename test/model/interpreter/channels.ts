// Channels: two ends, and towards each of them a mailbox in which senders or receivers wait.
import { ModelError } from "./errors.js";
import type { Listener, ModelEvent } from "./events.js";
import { drain, type Outcome, remove } from "./task.js";

interface Party {
  /** What a sender sends. */
  readonly value: unknown;
  readonly listener: Listener;
}

class Mailbox {
  isDone = false;
  readonly receivers: Party[] = [];
  readonly senders: Party[] = [];

  /** Everybody gets EPIPE. */
  breakAll(): void {
    drain(this.receivers, (party) => party.listener(broken()));
    drain(this.senders, (party) => party.listener(broken()));
  }
}

const broken = (): Outcome => ({ error: new ModelError("EPIPE") });

export class ChannelEnd {
  private isClosed = false;
  /** The first of the two that chmake returns. */
  private isFirst = false;
  private readonly inbox: Mailbox;
  private readonly outbox: Mailbox;
  private peer: ChannelEnd = this;

  private constructor(inbox: Mailbox, outbox: Mailbox) {
    this.inbox = inbox;
    this.outbox = outbox;
  }

  static pair(): [ChannelEnd, ChannelEnd] {
    const [first, second] = [new Mailbox(), new Mailbox()];
    const [a, b] = [new ChannelEnd(first, second), new ChannelEnd(second, first)];
    a.isFirst = true;
    a.peer = b;
    b.peer = a;
    return [a, b];
  }

  sendEvent(value: unknown): ModelEvent {
    const { outbox } = this;
    return {
      poll() {
        if (outbox.isDone) return broken();
        const receiver = outbox.receivers.shift();
        receiver?.listener({ value });
        return receiver === undefined ? undefined : { value: undefined };
      },
      add: (listener) => addTo(outbox.senders, { value, listener }),
    };
  }

  receiveEvent(): ModelEvent {
    const { inbox } = this;
    return {
      poll() {
        if (inbox.isDone) return broken();
        const sender = inbox.senders.shift();
        sender?.listener({ value: undefined });
        return sender && { value: sender.value };
      },
      add: (listener) => addTo(inbox.receivers, { value: undefined, listener }),
    };
  }

  done(): void {
    if (this.outbox.isDone) throw new ModelError("EPIPE");
    this.outbox.isDone = true;
    this.outbox.breakAll();
  }

  close(): void {
    this.isClosed = true;
    if (!this.peer.isClosed) return;
    // Nobody can be told any more: as libdill, the first end's mailbox before the second's.
    const boxes = this.isFirst ? [this.inbox, this.outbox] : [this.outbox, this.inbox];
    for (const box of boxes) box.breakAll();
  }
}

function addTo(list: Party[], party: Party): () => void {
  list.push(party);
  return () => remove(list, party);
}
