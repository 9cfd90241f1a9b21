// SOCKS5 by hand: a peer that says what it is told to, and a proxy of ours that connects nowhere.
import {
  brecv,
  bsend,
  type Bytestream,
  type Coroutine,
  ipaddrLocal,
  ipcPair,
  type IpcSocket,
  isErrno,
} from "libdill-ts";
import {
  SOCKS5_SUCCESS,
  type Socks5Check,
  type Socks5NamedRequest,
  socks5ProxyAuth,
  socks5ProxyRecvcommandbyname,
  socks5ProxySendreply,
} from "libdill-ts/socks5";

export function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

/** A socket to which the bytes have been sent, and its peer. */
export function* socketWith(hex: string): Coroutine<[IpcSocket, IpcSocket]> {
  const [a, z] = yield* ipcPair();
  yield* bsend(z, bytes(hex), -1);
  return [a, z];
}

/** What has been sent to the socket, and nothing that is on its way. */
export function* received(s: Bytestream): Coroutine<string> {
  let hex = "";
  try {
    for (;;) hex += (yield* brecv(s, 1, 0)).toString("hex");
  } catch (error) {
    if (!isErrno(error, "ETIMEDOUT", "EPIPE")) throw error;
  }
  return hex;
}

/** A proxy that says yes to every command. */
export function* agree(s: Bytestream, check: Socks5Check | null): Coroutine<Socks5NamedRequest> {
  yield* socks5ProxyAuth(s, check, -1);
  const wanted = yield* socks5ProxyRecvcommandbyname(s, -1);
  yield* socks5ProxySendreply(s, SOCKS5_SUCCESS, ipaddrLocal(null, 0), -1);
  return wanted;
}
