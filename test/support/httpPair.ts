// Two HTTP sockets that are connected, and one whose peer sends bytes by hand.
import { bsend, type Coroutine, ipcDone, ipcPair, type IpcSocket } from "libdill-ts";
import { httpAttach, httpRecvrequest, httpSendrequest, type HttpSocket } from "libdill-ts/http";

type Http = HttpSocket<IpcSocket>;

export function* httpPair(): Coroutine<[Http, Http]> {
  const [a, z] = yield* ipcPair();
  return [httpAttach(a), httpAttach(z)];
}

/** A socket to which the bytes have been sent, and its peer. */
export function* httpWith(text: string, isEnd = false): Coroutine<[Http, IpcSocket]> {
  const [a, z] = yield* ipcPair();
  yield* bsend(z, Buffer.from(text, "latin1"), -1);
  if (isEnd) yield* ipcDone(z, -1);
  return [httpAttach(a), z];
}

/** Two sockets inside a head: the first one sends, the second one receives. */
export function* pairInHead(): Coroutine<[Http, Http]> {
  const [client, server] = yield* httpPair();
  yield* httpSendrequest(client, "GET", "/", -1);
  yield* httpRecvrequest(server, -1);
  return [client, server];
}

/** More than the kernel takes at once. */
export const longText: string = "x".repeat(500_000);
