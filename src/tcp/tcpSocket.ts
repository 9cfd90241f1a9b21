// The two handle types: a connection and a listener.
import {
  type Handle,
  makeHandle,
  makeHandleFor,
  queryHandle,
  resourceOf,
} from "../handles/index.js";
import type { HostSocket } from "../host/index.js";
import type { Task } from "../kernel/index.js";
import {
  type Bytestream,
  Connection,
  type ConnectionKind,
  type ListenerKind,
  ListenerResource,
} from "../sockets/index.js";

/** Handle of a TCP connection. */
export type TcpSocket = Handle<"tcp"> & Bytestream;

/** Handle of a TCP socket that listens for connections. */
export type TcpListener = Handle<"tcp listener">;

const tcpKind: ConnectionKind = { name: "a tcp socket" };
const tcpListenerKind: ListenerKind = {
  name: "a tcp listener",
  connection: tcpKind,
  accept: "tcpAccept",
  warning: "TCP_UNCLAIMED",
};

/** Gives a connection that was made for a sleeping task its handle. */
export function socketFor(task: Task, socket: HostSocket): TcpSocket {
  return makeHandleFor(task, new Connection(socket, tcpKind)) as TcpSocket;
}

/** Gives the running coroutine a handle; closes the socket if it may have none. */
export function makeSocket(socket: HostSocket, syscall: string): TcpSocket {
  try {
    return makeHandle(new Connection(socket, tcpKind), syscall) as TcpSocket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

export function connectionOf(s: TcpSocket, syscall: string): Connection {
  return queryHandle(s, tcpKind, "a tcp socket", syscall) as Connection;
}

export function isListener(h: TcpSocket | TcpListener, syscall: string): h is TcpListener {
  return resourceOf(h, syscall).query(tcpListenerKind) !== undefined;
}

export function newListener(backlog: number): ListenerResource {
  return new ListenerResource(tcpListenerKind, backlog);
}

export function listenerOf(ls: TcpListener, syscall: string): ListenerResource {
  return queryHandle(ls, tcpListenerKind, "a tcp listener", syscall) as ListenerResource;
}
