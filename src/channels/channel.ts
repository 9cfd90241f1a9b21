// A channel: two halves, who waits on each, and the invariants.
//
//        half A                       half B
//   chsend(A) ───────▶ mailbox of B ───────▶ chrecv(B)
//   chrecv(A) ◀─────── mailbox of A ◀─────── chsend(B)
//
// Each half is the mailbox of what is sent towards it: a message goes straight from a sender to a receiver.
import { type Handle, isOpen, type Resource, resourceOf, wrongKind } from "../handles/index.js";
import { Mailbox } from "./mailbox.js";

declare const sends: unique symbol;
declare const receives: unique symbol;

/** Handle of one end of a channel, through which `S` is sent and `R` received. */
export type Channel<S, R = S> = Handle<"chan"> & {
  readonly [sends]: (message: S) => void;
  readonly [receives]: () => R;
};

/** What one end is to reports. */
export interface Place {
  /** The end that chmake returned first. */
  readonly first: object;
  readonly isFirst: boolean;
  /** The other end is closed: who waits here can meet nobody any more. */
  readonly isOrphan: boolean;
}

/** One end of a channel. */
export class ChannelHalf extends Mailbox implements Resource {
  /** The other end; set right after both are made. */
  peer: ChannelHalf = this;
  private isClosed = false;
  private readonly isFirst: boolean;

  constructor(isFirst: boolean) {
    super();
    this.isFirst = isFirst;
  }

  get kind(): string {
    return "a channel";
  }

  place(): Place {
    const { isFirst, peer } = this;
    return { first: isFirst ? this : peer, isFirst, isOrphan: peer.isClosed };
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
    first.endForAll();
    second.endForAll();
  }
}

/** Undefined: the handle is no open channel's. */
export function channelPlace(h: Handle): Place | undefined {
  const resource = isOpen(h) ? resourceOf(h, "chmake") : undefined;
  return resource instanceof ChannelHalf ? resource.place() : undefined;
}

export function halfOf(h: Channel<never, unknown>, syscall: string): ChannelHalf {
  const resource = resourceOf(h, syscall);
  if (!(resource instanceof ChannelHalf)) throw wrongKind(h, resource, "a channel", syscall);
  return resource;
}
