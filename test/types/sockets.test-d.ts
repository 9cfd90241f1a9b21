import { Resolver } from "node:dns";
import {
  brecv,
  brecvl,
  bsend,
  bsendl,
  bundle,
  type Bytestream,
  chmake,
  chsend,
  type Coroutine,
  type Datagram,
  happyeyeballsConnect,
  hclose,
  hown,
  type Ipaddr,
  IPADDR_IPV6,
  ipaddrLocal,
  ipaddrRemote,
  ipcAccept,
  ipcClose,
  ipcConnect,
  ipcDone,
  ipcListen,
  type IpcListener,
  ipcPair,
  type IpcSocket,
  type Listener,
  owned,
  serve,
  tcpAccept,
  tcpConnect,
  tcpDone,
  tcpListen,
  type TcpListener,
  tcpLocal,
  tcpPeer,
  type TcpSocket,
  mrecv,
  udpDropped,
  udpLocal,
  udpOpen,
  udpRecv,
  udpRecvl,
  udpSend,
  udpSendl,
  type UdpSocket,
} from "libdill-ts";
import { same } from "./same.js";

export function* makers(): Coroutine {
  const ls = yield* ipcListen("/tmp/x", 10, { mode: 0o600 });
  same<IpcListener>()(ls);
  same<IpcSocket>()(yield* ipcAccept(ls, -1));
  same<IpcSocket>()(yield* ipcConnect("/tmp/x", -1));
  same<[IpcSocket, IpcSocket]>()(yield* ipcPair());
  same<IpcListener>()(hown(ls));
  same<void>()(yield* ipcClose(ls, -1));
  // @ts-expect-error A listener is no socket.
  const wrong: IpcSocket = ls;
  // @ts-expect-error An address is a path.
  yield* ipcConnect(5555, -1);
  // @ts-expect-error A deadline is never left out: -1 is none.
  yield* ipcConnect("/tmp/x");
  // @ts-expect-error A connection is no listener.
  yield* ipcAccept(yield* ipcConnect("/tmp/x", -1), -1);
  void wrong;
}

export function* tcpMakers(): Coroutine {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10, { noDelay: false, keepAlive: 1000 });
  same<TcpListener>()(ls);
  const s = yield* tcpConnect(tcpLocal(ls), -1, { keepAlive: 1000 });
  same<TcpSocket>()(s);
  same<TcpSocket>()(yield* tcpAccept(ls, -1));
  same<Ipaddr>()(tcpPeer(s));
  same<Ipaddr>()(yield* ipaddrRemote("name", 1, IPADDR_IPV6, -1, { resolver: new Resolver() }));
  const stream: Bytestream = s;
  // @ts-expect-error A socket of TCP is none of ipc.
  const wrong: IpcSocket = s;
  // @ts-expect-error A listener is no socket.
  yield* bsend(ls, Buffer.from("abc"), -1);
  // @ts-expect-error An address is no text.
  yield* tcpConnect("127.0.0.1:80", -1);
  // @ts-expect-error The port can't be changed.
  tcpPeer(s).port = 1;
  // @ts-expect-error A mode is one of five.
  ipaddrLocal(null, 1, 7);
  void [stream, wrong];
}

export function* servers(
  ipc: IpcListener,
  tcp: TcpListener,
  either: IpcListener | TcpListener,
): Coroutine {
  same<void>()(
    yield* serve(ipc, function* (s) {
      same<IpcSocket>()(s);
      return "what a dialogue returns is nobody's";
    }),
  );
  yield* serve(
    tcp,
    function* (s) {
      same<TcpSocket>()(s);
    },
    { maxConnections: 10, onError: (error) => same<unknown>()(error), tellAfter: 1000 },
  );
  yield* serve(owned(tcp), talk);
  yield* serve(either, talk);
  const any: Listener<Bytestream> = tcp;
  yield* serve(any, talk);
  // @ts-expect-error A dialogue over TCP can't be held with clients of ipc.
  yield* serve(ipc, ask);
  // @ts-expect-error A dialogue is a generator function, and not its call.
  yield* serve(tcp, ask(yield* tcpAccept(tcp, -1)));
  // @ts-expect-error An async function is no dialogue.
  yield* serve(tcp, async () => {});
  // @ts-expect-error A socket is no listener.
  yield* serve(yield* tcpAccept(tcp, -1), ask);
  yield* ipcDone(ipc, -1);
  yield* tcpDone(tcp, -1);
  // @ts-expect-error A listener of TCP is none of ipc.
  yield* ipcDone(tcp, -1);
}

declare function talk(s: Bytestream): Coroutine<number>;
declare function ask(s: TcpSocket): Coroutine;

export function* transfers(s: IpcSocket, ls: IpcListener): Coroutine {
  const stream: Bytestream = s;
  same<void>()(yield* bsend(stream, Buffer.from("abc"), -1));
  same<Buffer>()(yield* brecv(s, 3, -1));
  same<Uint8Array<ArrayBuffer>>()(yield* brecv(s, new Uint8Array(3), -1));
  yield* bsendl(s, [Buffer.from("a"), new Uint8Array(2)], -1);
  yield* brecvl(s, [3, { skip: 3 }, Buffer.alloc(3)], -1);
  const end = owned(s);
  yield* bsend(end, Buffer.from("abc"), -1);

  // @ts-expect-error A listener is no bytestream.
  yield* bsend(ls, Buffer.from("abc"), -1);
  // @ts-expect-error A bundle is no bytestream.
  yield* brecv(bundle(), 3, -1);
  // @ts-expect-error A channel is no bytestream.
  yield* bsend(chmake<Buffer>()[0], Buffer.from("abc"), -1);
  // @ts-expect-error A socket is no channel.
  yield* chsend(s, Buffer.from("abc"), -1);
  // @ts-expect-error What is sent is bytes, not text.
  yield* bsend(s, "abc", -1);
  // @ts-expect-error A deadline is never left out: -1 is none.
  yield* brecv(s, 3);
  // @ts-expect-error Only a receive can skip.
  yield* bsendl(s, [{ skip: 3 }], -1);
  hclose(ls);
}

export function* byName(): Coroutine {
  const resolver = new Resolver();
  same<TcpSocket>()(yield* happyeyeballsConnect("localhost", 80, -1, { resolver, noDelay: true }));
  // @ts-expect-error A deadline is never left out: -1 is none.
  yield* happyeyeballsConnect("localhost", 80);
}

export function* datagrams(): Coroutine {
  const s = yield* udpOpen(null, ipaddrLocal("127.0.0.1", 53), { broadcast: true });
  same<UdpSocket>()(s);
  same<Datagram>()(yield* udpRecv(s, -1));
  same<number>()((yield* udpRecvl(s, [Buffer.alloc(1), { skip: 1 }], -1)).length);
  same<Buffer>()(yield* mrecv(s, -1));
  same<void>()(udpSend(s, null, Buffer.alloc(1)));
  same<void>()(udpSendl(s, udpLocal(s), [new Uint8Array(1)]));
  same<number>()(udpDropped(s).incoming);
  // @ts-expect-error An address is given, or null.
  udpSend(s, Buffer.alloc(1));
  // @ts-expect-error A udp socket is no bytestream.
  yield* brecv(s, 1, -1);
  // @ts-expect-error A listener is no udp socket.
  udpLocal(yield* ipcListen("/tmp/x", 10));
}
