// One direction of a simulated connection: what was sent goes through a kernel's buffer, takes its time, and arrives in order.
import { usualBuffer } from "./faults.js";
import type { Lane } from "./loopEvent.js";
import type { Wire } from "./wire.js";

/** What arrives: bytes; or that nothing more will come ("end"), that the sender has closed ("gone"), or that all is lost ("reset"). */
export type Arrival = Buffer | "end" | "gone" | "reset";

export interface LinkEnds {
  arrived(what: Arrival): void;
  /** The kernel has all that was sent. */
  written(): void;
  /** So many bytes have gone over the wire that it breaks. */
  breaks(): void;
}

/** How many bytes get through before the wire breaks: one for both directions. */
export interface Fuse {
  left: number;
}

export class Link {
  private readonly wire: Wire;
  private readonly ends: LinkEnds;
  private readonly fuse: Fuse;
  private readonly capacity: number;
  private readonly lane: Lane;
  private readonly back: Lane;
  /** What the kernel has not taken yet. */
  private readonly unsent: Buffer[] = [];
  /** Whether somebody waits until the kernel has taken the rest. */
  isWaiting = false;
  /** How many bytes were sent and not read. */
  private inKernel = 0;
  private lastArrival = 0;
  /** How much is under way. */
  private inAir = 0;
  private hasEnd = false;

  constructor(wire: Wire, fuse: Fuse, ends: LinkEnds) {
    this.wire = wire;
    this.fuse = fuse;
    this.ends = ends;
    const { address } = wire.route;
    const of = address === "" ? "a pair" : address;
    this.lane = { what: `something arrives on the wire of ${of}` };
    this.back = { what: `there is room again on the wire of ${of}` };
    this.capacity = wire.faults.buffer ?? usualBuffer;
  }

  /** The bytes are the link's from now on. True: the kernel has them all. */
  send(bytes: Buffer): boolean {
    if (bytes.length > 0) this.unsent.push(bytes);
    this.flush();
    this.isWaiting = this.unsent.length > 0;
    return !this.isWaiting;
  }

  /** Behind all that was sent. */
  end(): void {
    this.hasEnd = true;
    this.flush();
  }

  /** Whether the kernel has not taken all that was sent. */
  get hasUnsent(): boolean {
    return this.unsent.length > 0;
  }

  /** The sender has gone: what the kernel has not taken goes nowhere. */
  close(last: "gone" | "reset"): void {
    this.unsent.length = 0;
    this.carry(last, 0);
  }

  /** The receiver has read so many bytes. */
  consumed(count: number): void {
    this.inKernel -= count;
    this.flush();
    if (!this.isWaiting || this.unsent.length > 0) return;
    this.isWaiting = false;
    this.wire.network.loop.at(0, this.back, () => this.ends.written());
  }

  private flush(): void {
    for (let next = this.unsent[0]; next !== undefined; next = this.unsent[0]) {
      const room = this.capacity - this.inKernel;
      if (room <= 0) return;
      const part = next.subarray(0, room);
      if (part.length === next.length) this.unsent.shift();
      else this.unsent[0] = next.subarray(room);
      this.inKernel += part.length;
      this.carryBytes(part);
    }
    if (!this.hasEnd) return;
    this.hasEnd = false;
    this.carry("end", 0);
  }

  private carryBytes(bytes: Buffer): void {
    const { fuse } = this;
    if (fuse.left < 0) return;
    fuse.left -= bytes.length;
    if (fuse.left >= 0) {
      this.carry(bytes, bytes.length);
      return;
    }
    const rest = bytes.subarray(0, bytes.length + fuse.left);
    if (rest.length > 0) this.carry(rest, rest.length);
    this.ends.breaks();
  }

  /**
   * Also called for what the wire itself does: a reset goes both ways. What takes no time is there when the call returns, as
   * within one machine: the receiver hears of it later, but the next call knows.
   */
  carry(what: Arrival, length: number): void {
    const { network, faults } = this.wire;
    const { loop } = network;
    const { latency = 0, rate = Infinity } = faults;
    const start = Math.max(this.lastArrival, loop.moment + latency);
    this.lastArrival = start + length / rate;
    if (this.lastArrival <= loop.moment && this.inAir === 0) {
      this.arrives(what);
      return;
    }
    this.inAir += 1;
    loop.at(this.lastArrival, this.lane, () => {
      this.inAir -= 1;
      this.arrives(what);
    });
  }

  private arrives(what: Arrival): void {
    const { network, route } = this.wire;
    network.whenReachable(route, () => this.ends.arrived(what));
  }
}
