// One buffer that the kernel fills for all sockets, in turn: whoever gets the bytes takes them out before the
// next read.
//
// By itself, Node makes a buffer of 64 KiB for each read and passes the filled part through a stream, which is
// most of what reading a small message costs (bench: roundtrip). Its option `onread` is the way around that,
// but only sockets that connect can be given it, and not those that a server has accepted. So we set what
// the option sets. Where that is not found (in Bun and Deno, say) the bytes come as 'data'.
import { Socket } from "node:net";

/** Takes the first `length` bytes out of the buffer before it returns. */
type Receiver = (buffer: Buffer, length: number) => void;

/** What Node keeps in a socket. Reflect's functions would be as safe, but cost a microsecond (bench: connect). */
interface Inside {
  readonly _handle?: { readonly useUserBuffer?: (buffer: Buffer) => void } | null;
  [key: symbol]: unknown;
}

/** How much one read takes at the most. */
const size = 65536;

const buffer = Buffer.allocUnsafeSlow(size);

const keys = Object.getOwnPropertySymbols(new Socket());
const bufferKey = keys.find((key) => key.description === "kBuffer");
const callbackKey = keys.find((key) => key.description === "kBufferCb");

/** Before the socket's first read. */
export function receiveInto(socket: Socket, receive: Receiver): void {
  if (!useOnread(socket, receive)) {
    socket.on("data", (bytes: Buffer) => receive(bytes, bytes.length));
  }
}

function useOnread(socket: Socket, receive: Receiver): boolean {
  if (bufferKey === undefined || callbackKey === undefined) return false;
  const inside = socket as unknown as Inside;
  // A socket that has not connected yet gets its handle, and the handle the buffer, when it does.
  const { _handle: handle } = inside;
  if (handle && typeof handle.useUserBuffer !== "function") return false;
  inside[bufferKey] = buffer;
  inside[callbackKey] = (length: number) => receive(buffer, length);
  handle?.useUserBuffer?.(buffer);
  return true;
}
