// The two handle types: a connection and a listener.
import type { Handle } from "../handles/index.js";
import type { Bytestream, Listener, SocketFamily } from "../sockets/index.js";

/** Handle of a TCP connection. */
export type TcpSocket = Handle<"tcp"> & Bytestream;

/** Handle of a TCP socket that listens for connections. */
export type TcpListener = Handle<"tcp listener"> & Listener<TcpSocket>;

export const tcp: SocketFamily<TcpSocket, TcpListener> = {
  name: "a tcp listener",
  connection: { name: "a tcp socket" },
  accept: "tcpAccept",
  warning: "TCP_UNCLAIMED",
};
