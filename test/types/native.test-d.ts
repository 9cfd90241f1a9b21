// What the functions for descriptors take and give.
import {
  type Bytestream,
  type Coroutine,
  ipcListen,
  type IpcListener,
  type IpcSocket,
  type TcpListener,
  type TcpSocket,
} from "libdill-ts";
import {
  fdclean,
  fdin,
  fdout,
  fileno,
  ipcKeepfds,
  ipcKeepfile,
  type IpcPeer,
  ipcPeer,
  ipcRecvfd,
  ipcSendfd,
} from "libdill-ts/native";
import { same } from "./same.js";

export function* descriptors(
  s: IpcSocket,
  ls: IpcListener,
  tcp: TcpSocket,
  tls: TcpListener,
  any: Bytestream,
): Coroutine {
  same<void>()(yield* ipcSendfd(s, 1, -1));
  same<number>()(yield* ipcRecvfd(s, -1));
  same<void>()(ipcKeepfds(s));
  same<number>()(fileno(s) + fileno(ls) + fileno(tcp) + fileno(tls));
  same<void>()(ipcKeepfile(ls));
  same<void>()(yield* fdin(0, -1));
  same<void>()(yield* fdout(1, -1));
  same<void>()(fdclean(1));

  // @ts-expect-error TCP carries no descriptors.
  yield* ipcSendfd(tcp, 1, -1);
  // @ts-expect-error A listener receives nothing.
  yield* ipcRecvfd(ls, -1);
  // @ts-expect-error Who knows what is beneath.
  ipcKeepfds(any);
  // @ts-expect-error A socket has no file of its own.
  ipcKeepfile(s);
}

export function* peers(s: IpcSocket, tcp: TcpSocket): Coroutine {
  same<IpcPeer>()(ipcPeer(s));
  same<number>()(ipcPeer(s).uid);
  yield* ipcListen("path", 1, { allow: ({ uid, gid, pid }) => uid + gid + pid > 0 });
  // @ts-expect-error The answer comes at once.
  yield* ipcListen("path", 1, { allow: async () => true });
  // @ts-expect-error Over TCP nobody knows.
  ipcPeer(tcp);
}
