// One end of a simulated connection, with a kernel's semantics: what was sent arrives before an end or a reset, and bytes that
// nobody reads hold the sender up.
import type { InetAddress } from "../address.js";
import type { Failure, HostSocket, SocketEvents } from "../sockets.js";
import { type Arrival, type Fuse, Link } from "./link.js";
import type { Open } from "./network.js";
import type { Wire } from "./wire.js";

/**
 * As Node tells it. A send to a peer that has gone is told in this way, too: EPIPE would say that this end has said that it is
 * done.
 */
function resetIn(syscall: "read" | "write"): Failure {
  const code = "ECONNRESET";
  return { code, cause: Object.assign(new Error(`${syscall} ${code}`), { code, syscall }) };
}

/** As much as Node reads at once. */
const largestRead = 65_536;

/** The addresses of a connection, as one of its ends sees them. */
export interface Addresses {
  readonly local: InetAddress;
  readonly peer: InetAddress;
}

export class VirtualSocket implements HostSocket, Open {
  readonly isRefable = true;
  events: SocketEvents | null = null;
  isClosed = false;
  /** Who has accepted it. */
  listener: object | null = null;
  readonly machine: string;
  private readonly wire: Wire;
  private readonly addresses: Addresses | undefined;
  private readonly leavePort: () => void;
  private peer: VirtualSocket | null = null;
  /** The direction in which this end sends. */
  private link: Link | null = null;
  /** What has arrived and was not reported. */
  private unread: Buffer[] = [];
  /** What comes behind that. */
  private ending: "end" | Failure | null = null;
  private isReading = false;
  private isReportAsked = false;
  private hasReportedEnd = false;
  private hasEnded = false;
  /** Why nothing can be sent any more. */
  private sendFailure: Failure | null = null;

  constructor(
    wire: Wire,
    machine: string,
    addresses?: Addresses,
    leavePort: () => void = () => {},
  ) {
    this.wire = wire;
    this.machine = machine;
    this.addresses = addresses;
    this.leavePort = leavePort;
    wire.network.open.add(this);
  }

  /** From now on the two are connected. */
  static join(a: VirtualSocket, b: VirtualSocket): void {
    const fuse: Fuse = { left: a.wire.faults.resetAfter ?? Infinity };
    a.connectTo(b, fuse);
    b.connectTo(a, fuse);
  }

  private connectTo(peer: VirtualSocket, fuse: Fuse): void {
    this.peer = peer;
    this.link = new Link(this.wire, fuse, {
      arrived: (what) => peer.arrive(what),
      written: () => this.events?.written(),
      breaks: () => {
        this.link?.carry("reset", 0);
        peer.link?.carry("reset", 0);
      },
    });
  }

  get what(): string {
    const { address } = this.wire.route;
    return address === "" ? "an end of a pair has news" : `a socket of ${address} has news`;
  }

  address(end: "local" | "peer"): InetAddress | undefined {
    return this.addresses?.[end];
  }

  write(bytes: Uint8Array): boolean {
    return this.writev([bytes]);
  }

  writev(list: readonly Uint8Array[]): boolean {
    const { link } = this;
    if (this.hasFailed || link === null) {
      this.soon(() => this.events?.writeFailed(this.sendFailure ?? resetIn("write")));
      return false;
    }
    const isTaken = link.send(Buffer.concat(list));
    if (!isTaken && this.hasFailed) this.soon(() => this.tellWriteFailed()); // the wire has broken in the middle of it
    return isTaken;
  }

  /** Whether nothing can be sent any more. */
  private get hasFailed(): boolean {
    return this.sendFailure !== null;
  }

  end(): void {
    this.hasEnded = true;
    if (!this.hasFailed) this.link?.end();
  }

  resume(): void {
    this.isReading = true;
    this.askForReport();
  }

  pause(): void {
    this.isReading = false;
  }

  ref(): void {}

  unref(): void {}

  close(isTorn = false): void {
    const isHalf = (isTorn && !this.hasEnded) || this.link?.hasUnsent === true;
    const isReset = this.unread.length > 0 || (isHalf && this.wire.hasResets);
    this.leave(isReset ? "reset" : "gone");
  }

  /** Nobody has ever had it. */
  abort(): void {
    this.leave(this.wire.hasResets || this.unread.length > 0 ? "reset" : "gone");
  }

  private leave(last: "gone" | "reset"): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.events = null;
    this.leavePort();
    this.wire.network.open.delete(this);
    this.link?.close(last);
  }

  /** As if its process had been killed: the peer sees what a kernel shows it then. */
  kill(): void {
    const { events } = this;
    this.close();
    this.soon(() => {
      events?.readFailed(resetIn("read"));
      events?.writeFailed(resetIn("write"));
    });
  }

  private soon(job: () => void): void {
    this.wire.network.loop.at(0, this, job);
  }

  private arrive(what: Arrival): void {
    if (this.isClosed) {
      // A kernel of TCP answers what comes for nobody with a reset.
      if (typeof what !== "string" && this.wire.hasResets) this.link?.carry("reset", 0);
      return;
    }
    if (typeof what !== "string") this.unread.push(what);
    else this.endWith(what);
    if (this.isReading) this.askForReport();
  }

  private endWith(what: "end" | "gone" | "reset"): void {
    // On a local socket also behind an end that was said. Of TCP's, what comes behind the end has been read by then.
    const isNews = this.ending === null || !this.wire.hasResets;
    if (what === "reset" && isNews && !this.hasReportedEnd) this.ending = resetIn("read");
    this.ending ??= "end";
    if (what === "end" || (what === "gone" && this.wire.hasResets)) return;
    this.sendFailure ??= resetIn("write");
    if (this.link?.isWaiting === true) this.soon(() => this.tellWriteFailed());
  }

  private tellWriteFailed(): void {
    if (this.link?.isWaiting === true)
      this.events?.writeFailed(this.sendFailure ?? resetIn("write"));
  }

  private askForReport(): void {
    if (this.isReportAsked || (this.unread.length === 0 && this.ending === null)) return;
    this.isReportAsked = true;
    this.soon(() => {
      this.isReportAsked = false;
      this.report();
    });
  }

  /** One read's worth of what has arrived, or what comes behind all of it. */
  private report(): void {
    if (!this.isReading || this.isClosed) return;
    if (this.unread.length > 0) this.reportBytes();
    else if (this.ending !== null && !this.hasReportedEnd) {
      this.hasReportedEnd = true;
      if (this.ending === "end") this.events?.ended();
      else this.events?.readFailed(this.ending);
    }
    if (this.isReading && !this.hasReportedEnd) this.askForReport();
  }

  private reportBytes(): void {
    const all = this.unread.length === 1 ? (this.unread[0] as Buffer) : Buffer.concat(this.unread);
    const count = this.readLength(Math.min(all.length, largestRead));
    const rest = all.subarray(count);
    this.unread = rest.length > 0 ? [rest] : [];
    const lent = Buffer.from(all.subarray(0, count));
    this.events?.received(lent, count);
    lent.fill(0xee); // as the bytes of the next read would
    this.peer?.link?.consumed(count);
  }

  /** How much one read brings: of a wire that splits, also one byte, half of it, or all but one byte. */
  private readLength(most: number): number {
    const lengths = new Set([most, 1, Math.ceil(most / 2), most - 1]);
    lengths.delete(0);
    if (this.wire.faults.split !== true || lengths.size === 1) return most;
    return [...lengths][this.wire.network.choices.choose("pick", lengths.size)] ?? most;
  }
}
