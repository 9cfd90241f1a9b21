// The two handle types: a connected socket and a listener.
import type { DillError } from "../errors/index.js";
import {
  type Handle,
  makeHandle,
  makeHandleFor,
  queryHandle,
  resourceOf,
} from "../handles/index.js";
import type { Failure, HostSocket } from "../host/index.js";
import type { Task } from "../kernel/index.js";
import {
  type Bytestream,
  Connection,
  type ConnectionKind,
  failureError,
  type ListenerKind,
  ListenerResource,
} from "../sockets/index.js";
import { longName } from "./path.js";

/** Handle of a connected local socket. */
export type IpcSocket = Handle<"ipc"> & Bytestream;

/** Handle of a local socket that listens for connections. */
export type IpcListener = Handle<"ipc listener">;

const ipcKind: ConnectionKind = { name: "an ipc socket" };
const ipcListenerKind: ListenerKind = {
  name: "an ipc listener",
  connection: ipcKind,
  accept: "ipcAccept",
  warning: "IPC_UNCLAIMED",
};

/** Gives a connection that was made for a sleeping task its handle. */
export function socketFor(task: Task, socket: HostSocket): IpcSocket {
  return makeHandleFor(task, new Connection(socket, ipcKind)) as IpcSocket;
}

/** Gives the running coroutine a handle; closes the socket if it may have none. */
export function makeSocket(socket: HostSocket, syscall: string): IpcSocket {
  try {
    return makeHandle(new Connection(socket, ipcKind), syscall) as IpcSocket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

export function connectionOf(s: IpcSocket, syscall: string): Connection {
  return queryHandle(s, ipcKind, "an ipc socket", syscall) as Connection;
}

export function isListener(h: IpcSocket | IpcListener, syscall: string): h is IpcListener {
  return resourceOf(h, syscall).query(ipcListenerKind) !== undefined;
}

export function newListener(backlog: number): ListenerResource {
  return new ListenerResource(ipcListenerKind, backlog);
}

export function listenerOf(ls: IpcListener, syscall: string): ListenerResource {
  return queryHandle(ls, ipcListenerKind, "an ipc listener", syscall) as ListenerResource;
}

/** The failure as the error of an operation on a path. */
export function pathError(failure: Failure, syscall: string, address?: string): DillError {
  const isTooLong = failure.code === "ENAMETOOLONG" && address !== undefined;
  return failureError(failure, syscall, address, isTooLong ? longName(address) : undefined);
}
