import { credentials, type Failure, type HostSocket, type PeerCredentials } from "../host/index.js";
import { connectionOf, failureError } from "../sockets/index.js";
import { ipc, type IpcSocket } from "./ipcSocket.js";

/** Who is at the other end of a local socket, as the kernel has noted it: nobody can claim to be another. */
export interface IpcPeer {
  /** The process. By now it may have ended, and its number be another's. */
  readonly pid: number;
  /** The user that it ran as: what to decide by. */
  readonly uid: number;
  /** The group that it ran as. */
  readonly gid: number;
}

/**
 * Says who is at the other end of a local socket.
 *
 * The values are those of the moment of connecting: of the process that called `connect`, and, for the side that
 * connects, of the process that called `listen`. Decide by the `uid`. The process may have passed its socket on to another, and the
 * number in `pid` may have been given to another since.
 *
 * Linux only. Node has no call for it, so it goes through `node:ffi` or, where that is not, through the package koffi, which
 * the program installs. Never blocks.
 *
 * @param s - The socket.
 * @returns Process, user and group of the peer.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ENOTSUP`: the handle is not an ipc socket; or there is no way to ask the system, and the message says what is missing.
 * Source: SO_PEERCRED in unix(7)
 */
export function ipcPeer(s: IpcSocket): IpcPeer {
  const peer = peerOf(connectionOf(ipc, s, "ipc_peer").socket);
  if ("code" in peer) throw failureError(peer, "ipc_peer");
  return peer;
}

export function peerOf(socket: HostSocket): PeerCredentials | Failure {
  return credentials().peerOf(socket.descriptor?.() ?? -1);
}
