// A bytestream to which a test hands the bytes that come, chunk by chunk.
import type { HostSocket, SocketEvents } from "#src/host/index.js";
import { makeHandle } from "#src/handles/index.js";
import { Connection } from "#src/sockets/index.js";
import type { Bytestream } from "libdill-ts";

export interface FedSocket {
  readonly s: Bytestream;
  /** As from the outside. */
  readonly feed: (chunk: Uint8Array) => void;
  readonly end: () => void;
  /** What it was handed to send, write by write. The kernel takes it all, until it is full. */
  readonly sent: readonly string[];
  readonly fill: () => void;
}

export function fedSocket(): FedSocket {
  const socket = new Fed();
  const connection = new Connection(socket, { name: "a socket that a test feeds" });
  return {
    s: makeHandle<Bytestream>(connection, "fed_socket"),
    feed: (chunk) => socket.events?.received(Buffer.from(chunk), chunk.length),
    end: () => socket.events?.ended(),
    sent: socket.sent,
    fill: () => {
      socket.isFull = true;
    },
  };
}

class Fed implements HostSocket {
  readonly isRefable = true;
  events: SocketEvents | null = null;
  ref(): void {}
  unref(): void {}
  readonly sent: string[] = [];
  isFull = false;
  write(bytes: Uint8Array): boolean {
    this.sent.push(String(Buffer.from(bytes)));
    return !this.isFull;
  }
  end(): void {}
  resume(): void {}
  pause(): void {}
  close(): void {}
}
