// One buffer that the kernel fills for all sockets in turn. The receiver takes the bytes out before the next read.
//
// By default, Node makes a buffer of 64 KiB for each read and passes the filled part through a stream. That is most
// of the cost of reading a small message (bench: roundtrip). Node's option `onread` avoids it, but only sockets that
// connect accept the option, not those that a server has accepted. So this file sets the fields that the option
// sets. Where it does not find them (in Bun and Deno, say) the bytes come as 'data'.
import type { Socket } from "node:net";
import { net } from "./builtin.js";

/** Whom a socket's bytes are for: it takes the first `length` bytes out of the buffer before it returns. */
export interface Receiver {
  receive(buffer: Buffer, length: number): void;
}

const receiverKey: unique symbol = Symbol("receiver");

/** Fields that Node keeps in a socket. Reflect's functions would be as safe, but cost a microsecond (bench: connect). */
interface Inside {
  readonly _handle?: { readonly useUserBuffer?: (buffer: Buffer) => void } | null;
  [receiverKey]?: Receiver;
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

/** The same function for all sockets: Node calls it as a method of the socket. */
function passOn(this: Inside, length: number, buffer: Buffer): void {
  this[receiverKey]?.receive(buffer, length);
}

/** Call it before the socket's first read. */
export function receiveInto(socket: Socket, receiver: Receiver): void {
  if (!useOnread(socket, receiver)) {
    socket.on("data", (bytes: Buffer) => receiver.receive(bytes, bytes.length));
  }
}

function useOnread(socket: Socket, receiver: Receiver): boolean {
  const { buffer, bufferKey, callbackKey } = (shared ??= share());
  if (bufferKey === undefined || callbackKey === undefined) return false;
  const inside = socket as unknown as Inside;
  // A socket that has not connected yet has no handle. When it connects, Node gives the new handle the buffer.
  const { _handle: handle } = inside;
  if (handle && typeof handle.useUserBuffer !== "function") return false;
  inside[bufferKey] = buffer;
  inside[receiverKey] = receiver;
  inside[callbackKey] = passOn;
  handle?.useUserBuffer?.(buffer);
  return true;
}
