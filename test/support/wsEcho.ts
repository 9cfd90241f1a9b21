// Endpoints of ours that send back what they receive.
import {
  bundle,
  bundleGo,
  type Coroutine,
  hclose,
  ipaddrLocal,
  isErrno,
  now,
  tcpAccept,
  tcpClose,
  tcpConnect,
  type TcpListener,
  type TcpSocket,
} from "libdill-ts";
import {
  wsAttachClient,
  wsAttachServer,
  wsDetach,
  type WsOptions,
  wsRecv,
  wsSend,
  type WsSocket,
  wsStatus,
} from "libdill-ts/ws";

/** Sends each message back, and answers the close frame. */
export function* echo(s: WsSocket<TcpSocket>): Coroutine {
  try {
    for (;;) {
      const message = yield* wsRecv(s, -1);
      if (message.type === "text") yield* wsSend(s, "text", message.data, -1);
      else yield* wsSend(s, "binary", message.data, -1);
    }
  } catch (error) {
    if (!isErrno(error, "EPIPE")) {
      hclose(s);
      if (!isErrno(error)) throw error;
      return;
    }
  }
  const { status } = wsStatus(s);
  yield* tcpClose(yield* wsDetach(s, status, "", now() + 1000), now() + 1000);
}

export function* serveEcho(ls: TcpListener, options: WsOptions): Coroutine {
  const b = bundle({
    onError: (error) => {
      if (!isErrno(error)) throw error;
    },
  });
  try {
    for (;;) bundleGo(b, serve(yield* tcpAccept(ls, -1)));
  } finally {
    hclose(b);
  }

  function* serve(tcp: TcpSocket): Coroutine {
    yield* echo(yield* wsAttachServer(tcp, options, -1));
  }
}

export function* dialEcho(port: number, options: WsOptions): Coroutine {
  const tcp = yield* tcpConnect(ipaddrLocal("127.0.0.1", port), now() + 1000);
  const asked = { ...options, noHttp: false as const, resource: "/echo", host: "localhost" };
  yield* echo(yield* wsAttachClient(tcp, asked, now() + 1000));
}
