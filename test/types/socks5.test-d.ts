import { type Coroutine, type Ipaddr, ipaddrLocal, ipcPair, prefixAttach } from "libdill-ts";
import {
  SOCKS5_SUCCESS,
  type Socks5Command,
  socks5ClientConnect,
  socks5ClientConnectbyname,
  socks5ProxyAuth,
  socks5ProxyRecvcommand,
  socks5ProxyRecvcommandbyname,
  socks5ProxySendreply,
} from "libdill-ts/socks5";
import { same } from "./same.js";

const addr = ipaddrLocal(null, 1);

export function* dialogue(): Coroutine {
  const [s, z] = yield* ipcPair();
  same<void>()(yield* socks5ClientConnect(s, "user", "password", addr, -1));
  same<void>()(yield* socks5ClientConnectbyname(s, null, null, "name", 80, -1));
  yield* socks5ProxyAuth(s, (user, password) => user === password, -1);
  const { command, addr: to } = yield* socks5ProxyRecvcommand(s, -1);
  same<Socks5Command>()(command);
  same<Ipaddr>()(to);
  same<string>()((yield* socks5ProxyRecvcommandbyname(s, -1)).host);
  yield* socks5ProxySendreply(s, SOCKS5_SUCCESS, addr, -1);
  // @ts-expect-error There is no such reply.
  yield* socks5ProxySendreply(s, 9, addr, -1);
  // @ts-expect-error A promise is no answer.
  yield* socks5ProxyAuth(s, async () => true, -1);
  // @ts-expect-error A message socket is no bytestream.
  yield* socks5ProxyAuth(prefixAttach(z, 1), null, -1);
}
