// The two handle types: a connected socket and a listener.
import type { DillError } from "../errors/index.js";
import type { Handle } from "../handles/index.js";
import type { Failure } from "../host/index.js";
import {
  type Bytestream,
  failureError,
  type Listener,
  type SocketFamily,
} from "../sockets/index.js";
import { longName } from "./path.js";

/** Handle of a connected local socket. */
export type IpcSocket = Handle<"ipc"> & Bytestream;

/** Handle of a local socket that listens for connections. */
export type IpcListener = Handle<"ipc listener"> & Listener<IpcSocket>;

export const ipc: SocketFamily<IpcSocket, IpcListener> = {
  name: "an ipc listener",
  connection: { name: "an ipc socket" },
  accept: "ipcAccept",
  warning: "IPC_UNCLAIMED",
};

/** The failure as the error of an operation on a path. */
export function pathError(failure: Failure, syscall: string, address?: string): DillError {
  const isTooLong = failure.code === "ENAMETOOLONG" && address !== undefined;
  return failureError(failure, syscall, address, isTooLong ? longName(address) : undefined);
}
