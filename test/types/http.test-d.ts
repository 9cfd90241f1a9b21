import {
  brecv,
  bundle,
  type Bytestream,
  type Coroutine,
  ipcConnect,
  type IpcSocket,
  mrecv,
} from "libdill-ts";
import {
  httpAttach,
  httpDetach,
  httpDone,
  httpFraming,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
  type HttpSocket,
  type HttpVersion,
} from "libdill-ts/http";
import { same } from "./same.js";

export function* layers(s: IpcSocket, any: Bytestream): Coroutine {
  const http = httpAttach(s, { maxLine: 1000, maxHead: undefined });
  same<HttpSocket<IpcSocket>>()(http);
  const general: HttpSocket = http;
  same<IpcSocket>()(yield* httpDetach(http, -1));
  same<Bytestream>()(yield* httpDetach(httpAttach(any), -1));
  same<Bytestream>()(yield* httpDetach(general, -1));

  // @ts-expect-error Heads carry no bytes.
  yield* brecv(http, 1, -1);
  // @ts-expect-error Heads are no messages.
  yield* mrecv(http, -1);
  // @ts-expect-error Heads carry no heads.
  httpAttach(http);
  // @ts-expect-error A bundle carries nothing.
  httpAttach(bundle());
  // @ts-expect-error There is no head on it.
  yield* httpDetach(s, -1);
  // @ts-expect-error A limit is a number of bytes.
  httpAttach(s, { maxLine: "8k" });
}

export function* heads(s: HttpSocket, path: string): Coroutine {
  same<void>()(yield* httpSendrequest(s, "GET", "/", -1));
  same<void>()(yield* httpSendstatus(s, 200, "OK", -1));
  same<void>()(yield* httpSendfield(s, "Host", "x", -1));
  same<void>()(yield* httpDone(s, -1));
  const { command, resource, version } = yield* httpRecvrequest(s, -1);
  same<string>()(command);
  same<string>()(resource);
  same<HttpVersion>()(version);
  same<"1.0" | "1.1">()(version);
  const { status, reason } = yield* httpRecvstatus(s, -1);
  same<number>()(status);
  same<string>()(reason);
  const field = yield* httpRecvfield(s, -1);
  same<string>()(field.value);

  // @ts-expect-error A status is a number.
  yield* httpSendstatus(s, "200", "OK", -1);
  // @ts-expect-error The reason is text, if only an empty one.
  yield* httpSendstatus(s, 200, -1);
  // @ts-expect-error A value is text.
  yield* httpSendfield(s, "Content-Length", 5, -1);
  // @ts-expect-error A deadline is never left out: -1 is none.
  yield* httpDone(s);
  // @ts-expect-error A connection has no heads on it yet.
  yield* httpRecvrequest(yield* ipcConnect(path, -1), -1);
}

export function framing(): number | string {
  const found = httpFraming([{ name: "Content-Length", value: "5" }], "1.1");
  if (found.type === "length") return found.length;
  // @ts-expect-error Only a length has a length.
  void found.length;
  return found.type;
}
