import { queryHandle } from "../handles/index.js";
import type { IpcListener, IpcSocket } from "../ipc/index.js";
import { type Descriptive, descriptiveType } from "../sockets/index.js";
import type { TcpListener, TcpSocket } from "../tcp/index.js";
import { descriptorOf } from "./descriptorOf.js";

/**
 * Says which descriptor is behind a socket or a listener: to hand it to {@link ipcSendfd}, or to a child process.
 *
 * The descriptor still belongs to the handle. Don't close it, read it or write it: the number is for calls that
 * make a duplicate. Never blocks.
 *
 * @param s - A socket or a listener, of ipc or TCP.
 * @returns Number of the descriptor.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the handle is none of these, or the system has no descriptor for it.
 * Source: Python's socket.fileno
 */
export function fileno(s: IpcSocket | IpcListener | TcpSocket | TcpListener): number {
  const found = queryHandle(s, descriptiveType, "a socket of the system's", "fileno");
  return descriptorOf(found as Descriptive, "fileno");
}
