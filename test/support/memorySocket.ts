// A host's socket in memory, for what a real one does seldom: bytes that come one at a time, or inside a call.
import type { HostSocket, SocketEvents } from "#src/host/index.js";
import { makeHandle } from "#src/handles/index.js";
import { Connection, type ConnectionKind } from "#src/sockets/index.js";
import type { Bytestream } from "libdill-ts";

interface Manner {
  /** How many bytes are reported at once. */
  readonly chunk: number;
  /** Reports to the receiver inside `write` and `resume`; if not, in turns of its own. */
  readonly isInside: boolean;
}

/** How many bytes wait before a write has to. */
const room = 65536;

const kind: ConnectionKind = { name: "a socket in memory" };

/** Two bytestreams that are connected. */
export function memoryPair(manner: Manner): [Bytestream, Bytestream] {
  const [a, b] = [new MemorySocket(manner), new MemorySocket(manner)];
  a.peer = b;
  b.peer = a;
  return [socketOf(a), socketOf(b)];
}

function socketOf(socket: HostSocket): Bytestream {
  return makeHandle<Bytestream>(new Connection(socket, kind), "memory_pair");
}

class MemorySocket implements HostSocket {
  readonly isRefable = true;
  events: SocketEvents | null = null;
  peer: MemorySocket | null = null;
  private readonly manner: Manner;
  private readonly queue: Buffer[] = [];
  private length = 0;
  private endOfPeer: "none" | "to come" | "reported" = "none";
  private isReset = false;
  private isPaused = true;
  private isClosed = false;
  private isFull = false;
  private isScheduled = false;

  constructor(manner: Manner) {
    this.manner = manner;
  }

  ref(): void {}

  unref(): void {}

  write(bytes: Uint8Array): boolean {
    const { peer } = this;
    if (peer === null || peer.isClosed) {
      setImmediate(() => {
        if (!this.isClosed) this.events?.writeFailed({ code: "ECONNRESET", message: "it is gone" });
      });
      return false;
    }
    peer.queue.push(Buffer.from(bytes));
    peer.length += bytes.length;
    peer.report();
    this.isFull = peer.length > room;
    return !this.isFull;
  }

  private ended(): void {
    if (this.endOfPeer === "none") this.endOfPeer = "to come";
    this.report();
  }

  end(): void {
    this.peer?.ended();
  }

  resume(): void {
    this.isPaused = false;
    this.report();
  }

  pause(): void {
    this.isPaused = true;
  }

  close(): void {
    this.isClosed = true;
    if (this.length > 0 && this.peer !== null) this.peer.isReset = true;
    this.peer?.ended();
    if (this.peer?.isFull === true) this.peer.events?.writeFailed({ code: "ECONNRESET" });
  }

  private report(): void {
    if (this.manner.isInside) this.reportNow(Infinity);
    else if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(() => {
        this.isScheduled = false;
        this.reportNow(this.length > 200 ? 10_000 : 1);
      });
    }
  }

  private reportNow(most: number): void {
    let left = most;
    for (; left > 0 && this.queue.length > 0 && !this.isPaused && !this.isClosed; left--) {
      const [first] = this.queue as [Buffer];
      const bytes = first.subarray(0, this.manner.chunk);
      if (bytes.length === first.length) this.queue.shift();
      else this.queue[0] = first.subarray(bytes.length);
      this.length -= bytes.length;
      this.events?.received(Buffer.from(bytes), bytes.length);
    }
    if (this.isClosed) return;
    this.tellSender();
    if (this.isPaused) return;
    if (this.queue.length > 0) this.report();
    else if (this.endOfPeer === "to come") {
      this.endOfPeer = "reported";
      if (this.isReset) this.events?.readFailed({ code: "ECONNRESET", message: "it was reset" });
      else this.events?.ended();
    }
  }

  private tellSender(): void {
    const { peer } = this;
    if (peer === null || !peer.isFull || this.length > room) return;
    peer.isFull = false;
    setImmediate(() => {
      if (!peer.isClosed) peer.events?.written();
    });
  }
}
