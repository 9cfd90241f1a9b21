// How a stream really ended.
//
// When the last bytes arrive together with a reset, libuv reports the end of the stream and does not ask the kernel. One
// more read does. Nothing can be lost by it: the peer has ended its direction, and it has all been read. In Bun and Deno a
// descriptor's number may mean something else, and the first report has to do.
import type { Socket } from "node:net";
import { fs, net } from "./builtin.js";
import type { Failure } from "../sockets.js";
import { codeOf, failureOf } from "./errnoOf.js";
import { descriptorOf } from "./ownDescriptors.js";

let oneByte: Buffer | undefined;

/** The reset with which the socket's stream has ended; undefined if its peer has ended it in good order. */
export function resetAtEnd(socket: Socket): Error | undefined {
  const fd = descriptorOf(socket);
  if (!isNode() || fd < 0) return undefined;
  oneByte ??= Buffer.allocUnsafeSlow(1);
  try {
    fs().readSync(fd, oneByte);
  } catch (error) {
    if (codeOf(error) === "ECONNRESET") return error as Error;
  }
  return undefined;
}

/** The same for a stream of the program's. In other classes, TLS for one, the descriptor is not all of the stream. */
export function failureAtEnd(stream: object): Failure | undefined {
  const { Socket } = net();
  if (!(stream instanceof Socket) || Object.getPrototypeOf(stream) !== Socket.prototype)
    return undefined;
  const reset = resetAtEnd(stream);
  return reset && failureOf(reset);
}

export function isNode(): boolean {
  const { bun, deno }: Readonly<Partial<Record<string, string>>> = process.versions;
  return bun === undefined && deno === undefined;
}
