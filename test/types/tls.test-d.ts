import {
  brecv,
  bundle,
  type Bytestream,
  type Coroutine,
  hclose,
  mrecv,
  prefixAttach,
  prefixDetach,
  type PrefixSocket,
  type TcpSocket,
} from "libdill-ts";
import {
  tlsAttachClient,
  tlsAttachServer,
  tlsContext,
  tlsDetach,
  tlsDone,
  tlsInfo,
  type TlsInfo,
  type TlsSocket,
} from "libdill-ts/tls";
import { same } from "./same.js";

export function* layers(s: TcpSocket, any: Bytestream): Coroutine {
  const tls = yield* tlsAttachClient(s, { servername: "a", ca: undefined, alpn: ["h2"] }, -1);
  same<TlsSocket<TcpSocket>>()(tls);
  const general: TlsSocket = tls;
  same<TlsInfo>()(tlsInfo(general));
  same<void>()(yield* tlsDone(tls, -1));
  same<TcpSocket>()(yield* tlsDetach(tls, -1));
  const twice = yield* tlsAttachServer(tls, tlsContext({}), -1);
  same<TlsSocket<TlsSocket<TcpSocket>>>()(twice);
  const framed = prefixAttach(twice, 4);
  same<PrefixSocket<TlsSocket<TlsSocket<TcpSocket>>>>()(framed);
  same<typeof twice>()(prefixDetach(framed));
  same<Bytestream>()(yield* tlsDetach(yield* tlsAttachClient(any, {}, -1), -1));
  yield* brecv(tls, 1, -1);
  hclose(tls);

  // @ts-expect-error It carries no messages.
  yield* mrecv(tls, -1);
  // @ts-expect-error A bundle carries nothing.
  yield* tlsAttachClient(bundle(), {}, -1);
  // @ts-expect-error There is no TLS on it.
  yield* tlsDetach(s, -1);
  // @ts-expect-error The layers come off in their order.
  yield* tlsDetach(framed, -1);
  // @ts-expect-error A context is made by tlsContext.
  yield* tlsAttachServer(s, {}, -1);
  // @ts-expect-error There is no such version.
  tlsContext({ minVersion: "SSLv3" });
}
