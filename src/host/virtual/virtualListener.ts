// A simulated listener: connections wait in its backlog until they are reported.
import type { InetAddress } from "../address.js";
import type { Failure, HostListener, ListenEvents } from "../sockets.js";
import type { Network, Open, Place } from "./network.js";
import { VirtualSocket } from "./virtualSocket.js";

const killed: Failure = { code: "ECONNRESET", message: "the simulation has killed the listener" };

export class VirtualListener implements HostListener, Place, Open {
  isAlive = true;
  private readonly network: Network;
  private readonly events: ListenEvents;
  private readonly backlog: number;
  readonly key: string;
  readonly machine: string;
  private readonly at: InetAddress | undefined;
  /** What was connected and not reported. */
  private readonly waiting: VirtualSocket[] = [];
  private readonly whenRoom = new Set<() => void>();
  private readonly leavePort: () => void;
  private keepsFile = false;
  private isClosed = false;

  constructor(
    network: Network,
    key: string,
    backlog: number,
    events: ListenEvents,
    at?: InetAddress,
  ) {
    this.network = network;
    this.key = key;
    this.machine = network.machines.here;
    this.backlog = backlog;
    this.events = events;
    this.at = at;
    this.leavePort = at === undefined ? () => {} : network.ports.take(this.machine, "tcp", at);
    network.places.set(key, this);
    network.open.add(this);
    network.loop.at(0, this, () => {
      if (!this.isClosed) events.listening();
    });
  }

  get what(): string {
    return `the listener at ${this.key} has news`;
  }

  get hasRoom(): boolean {
    return this.waiting.length <= this.backlog;
  }

  /** Calls it, once, when a connection may come in. */
  awaitRoom(go: () => void): void {
    this.whenRoom.add(go);
  }

  /** A connection comes in. */
  take(socket: VirtualSocket): void {
    this.waiting.push(socket);
    this.network.loop.at(0, this, () => this.report(socket));
  }

  private report(socket: VirtualSocket): void {
    const place = this.waiting.indexOf(socket);
    if (place < 0) return; // the listener has gone
    this.waiting.splice(place, 1);
    const waiting = [...this.whenRoom];
    this.whenRoom.clear(); // who finds no room waits again
    for (const go of waiting) go();
    socket.listener = this;
    this.events.accepted(socket);
  }

  kill(): void {
    if (!this.isAlive) return;
    this.end();
    for (const open of this.network.open) {
      if (open instanceof VirtualSocket && open.listener === this) open.kill();
    }
    this.network.loop.at(0, this, () => {
      if (!this.isClosed) this.events.failed(killed);
    });
  }

  private end(): void {
    this.isAlive = false;
    this.leavePort();
    this.network.open.delete(this);
    for (const socket of this.waiting.splice(0)) socket.abort();
    for (const go of this.whenRoom) go();
    this.whenRoom.clear();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (!this.isAlive) return;
    this.end();
    if (!this.keepsFile) this.network.places.delete(this.key);
  }

  keepFile(): void {
    this.keepsFile = true;
  }

  address(): InetAddress | undefined {
    return this.at;
  }

  ref(): void {}

  unref(): void {}
}
