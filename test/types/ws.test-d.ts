import {
  brecv,
  bundle,
  type Bytestream,
  type Coroutine,
  type IpcSocket,
  mrecv,
  msend,
} from "libdill-ts";
import {
  wsAttachClient,
  wsAttachServer,
  type WsClientOptions,
  wsDetach,
  wsDone,
  wsPing,
  wsRecv,
  wsRecvl,
  WsRefusal,
  wsRequest,
  wsRequestKey,
  wsResponseKey,
  wsSend,
  type WsSocket,
  wsStatus,
} from "libdill-ts/ws";
import { same } from "./same.js";

export function* layers(s: IpcSocket, any: Bytestream): Coroutine {
  const ws = yield* wsAttachServer(s, { text: true, maxSize: undefined }, -1);
  same<WsSocket<IpcSocket>>()(ws);
  const general: WsSocket = ws;
  same<IpcSocket>()(yield* wsDetach(ws, 1000, "", -1));
  same<Bytestream>()(yield* wsDetach(general, 1000, "", -1));
  same<WsSocket>()(yield* wsAttachClient(any, { resource: "/", host: "localhost" }, -1));
  same<WsSocket>()(yield* wsAttachClient(any, { noHttp: true }, -1));
  same<Buffer>()(yield* mrecv(ws, -1));
  yield* msend(ws, Buffer.alloc(1), -1);

  const { cause } = new Error("x");
  if (cause instanceof WsRefusal) {
    same<number>()(cause.status);
    same<string | undefined>()(cause.fields[0]?.value);
  }

  // @ts-expect-error A client says what it asks for.
  yield* wsAttachClient(s, {}, -1);
  // @ts-expect-error A client says whom it asks.
  yield* wsAttachClient(s, { resource: "/" }, -1);
  // @ts-expect-error Frames carry no bytes.
  yield* brecv(ws, 1, -1);
  // @ts-expect-error Frames carry no frames.
  yield* wsAttachServer(ws, {}, -1);
  // @ts-expect-error A bundle carries nothing.
  yield* wsAttachServer(bundle(), {}, -1);
  // @ts-expect-error There are no frames on it.
  yield* wsDetach(s, 1000, "", -1);
  // @ts-expect-error A limit is a number of bytes.
  yield* wsAttachServer(s, { maxSize: "1k" }, -1);
}

export function* messages(s: WsSocket, options: WsClientOptions): Coroutine {
  const message = yield* wsRecv(s, -1);
  if (message.type === "text") same<string>()(message.data);
  else same<Buffer>()(message.data);
  const { type, length } = yield* wsRecvl(s, [Buffer.alloc(1), { skip: 1 }], -1);
  same<"text" | "binary">()(type);
  same<number>()(length);
  same<void>()(yield* wsSend(s, "text", "text", -1));
  same<void>()(yield* wsSend(s, type, Buffer.alloc(1), -1));
  same<void>()(yield* wsDone(s, 1000, "", -1));
  same<void>()(yield* wsPing(s, Buffer.alloc(0), -1));
  same<string>()(wsStatus(s).text);
  same<number>()(wsStatus(s).status);
  same<string>()(wsRequest(s).protocol);
  same<string>()(wsResponseKey(wsRequestKey()));
  void options;

  // @ts-expect-error A binary message is no string.
  yield* wsSend(s, "binary", "text", -1);
  // @ts-expect-error There are two types.
  yield* wsSend(s, "ping", Buffer.alloc(0), -1);
}
