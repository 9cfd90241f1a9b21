// One buffer that the kernel fills for all sockets in turn. The receiver takes the bytes out before the next read.
//
// By default, Node makes a buffer of 64 KiB for each read and passes the filled part through a stream. That is most
// of the cost of reading a small message (bench: roundtrip). Node's option `onread` avoids it, but only sockets that
// connect accept the option, not those that a server has accepted. So this file sets the fields that the option
// sets. Where it does not find them (in Bun and Deno, say) the bytes come as 'data'.
import type { Socket } from "node:net";
import { net } from "./builtin.js";

/** Takes the first `length` bytes out of the buffer before it returns. */
type Receiver = (buffer: Buffer, length: number) => void;

/** Fields that Node keeps in a socket. Reflect's functions would be as safe, but cost a microsecond (bench: connect). */
interface Inside {
  readonly _handle?: { readonly useUserBuffer?: (buffer: Buffer) => void } | null;
  [key: symbol]: unknown;
}

/** The most that one read takes. */
const size = 65536;

/** The buffer, and where Node's sockets keep it and what takes the bytes out. */
interface Shared {
  readonly buffer: Buffer;
  readonly bufferKey: symbol | undefined;
  readonly callbackKey: symbol | undefined;
}

let shared: Shared | undefined;

function share(): Shared {
  const found = Object.getOwnPropertySymbols(new (net().Socket)());
  return {
    buffer: Buffer.allocUnsafeSlow(size),
    bufferKey: found.find((key) => key.description === "kBuffer"),
    callbackKey: found.find((key) => key.description === "kBufferCb"),
  };
}

/** Call it before the socket's first read. */
export function receiveInto(socket: Socket, receive: Receiver): void {
  if (!useOnread(socket, receive)) {
    socket.on("data", (bytes: Buffer) => receive(bytes, bytes.length));
  }
}

function useOnread(socket: Socket, receive: Receiver): boolean {
  const { buffer, bufferKey, callbackKey } = (shared ??= share());
  if (bufferKey === undefined || callbackKey === undefined) return false;
  const inside = socket as unknown as Inside;
  // A socket that has not connected yet has no handle. When it connects, Node gives the new handle the buffer.
  const { _handle: handle } = inside;
  if (handle && typeof handle.useUserBuffer !== "function") return false;
  inside[bufferKey] = buffer;
  inside[callbackKey] = (length: number) => receive(buffer, length);
  handle?.useUserBuffer?.(buffer);
  return true;
}
