// Two ws sockets that are connected, and one whose peer sends bytes by hand.
import { type Bytestream, type Coroutine, ipcPair, type IpcSocket } from "libdill-ts";
import { wsAttachClient, wsAttachServer, type WsServerOptions, type WsSocket } from "libdill-ts/ws";

type Ws = WsSocket<IpcSocket>;

const silent = { noHttp: true } as const;

/** The client, and the server. */
export function* wsPair(options: WsServerOptions = {}): Coroutine<[Ws, Ws]> {
  return yield* wsPairOn(yield* ipcPair(), options);
}

/** The same on both ends of something else. */
export function* wsPairOn<S extends Bytestream>(
  [a, z]: readonly [S, S],
  options: WsServerOptions = {},
): Coroutine<[WsSocket<S>, WsSocket<S>]> {
  const client = yield* wsAttachClient(a, { ...options, ...silent }, -1);
  return [client, yield* wsAttachServer(z, { ...options, ...silent }, -1)];
}

/** A server, and the bytestream of its client. */
export function* wsFacing(options: WsServerOptions = {}): Coroutine<[Ws, IpcSocket]> {
  const [a, z] = yield* ipcPair();
  return [yield* wsAttachServer(a, { ...options, ...silent }, -1), z];
}

/** A request that asks for a WebSocket, and the answer to its key. */
export const upgradeRequest: string = [
  "GET /chat HTTP/1.1",
  "Host: example.org",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "",
  "",
].join("\r\n");
export const acceptOfRequest = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
