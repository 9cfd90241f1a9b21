// Heads of HTTP by libdill-ts/http. A head ends with an error, EPIPE, as users meet it.
import {
  bsend,
  type Coroutine,
  go,
  hclose,
  ipaddrLocal,
  ipaddrPort,
  ipcPair,
  isErrno,
  now,
  run,
  tcpAccept,
  type TcpListener,
  tcpListen,
  tcpLocal,
  until,
} from "libdill-ts";
import {
  httpAttach,
  httpDone,
  type HttpField,
  httpRecvfield,
  httpRecvrequest,
  httpSendfield,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import type { Contestants, Meter } from "../../contestant.js";
import { askByHand, fieldCount, headsPerWrite, host, requestHead, resource } from "../requests.js";

/** As long as Node's server waits for the next request. */
const patience = 5000;

export const contestants: Contestants = {
  http: (n, meter) => run(dialogue(n, meter)),
  heads: (n, meter) => run(heads(n, meter)),
};

function* dialogue(n: number, meter: Meter): Coroutine<number> {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 128);
  const server = go(serve(ls));
  meter.start();
  const right = yield* until(askByHand(ipaddrPort(tcpLocal(ls)), n), -1);
  meter.stop();
  for (const h of [server, ls]) hclose(h);
  return right;
}

function* serve(ls: TcpListener): Coroutine {
  const s = httpAttach(yield* tcpAccept(ls, -1));
  try {
    while (true) {
      const request = yield* httpRecvrequest(s, now() + patience);
      const fields = yield* fieldsOf(s);
      const isRight = request.resource === resource && valueOf(fields, "host") === host;
      yield* answer(s, isRight ? 200 : 400);
    }
  } catch (e) {
    if (!isErrno(e, "EPIPE", "ECONNRESET")) throw e;
  } finally {
    hclose(s);
  }
}

/** The same fields as Node's server sends. */
function* answer(s: HttpSocket, status: number): Coroutine {
  const deadline = now() + patience;
  yield* httpSendstatus(s, status, status === 200 ? "OK" : "Bad Request", deadline);
  yield* httpSendfield(s, "Content-Length", "0", deadline);
  yield* httpSendfield(s, "Connection", "keep-alive", deadline);
  yield* httpSendfield(s, "Keep-Alive", "timeout=5", deadline);
  yield* httpDone(s, deadline);
}

function* fieldsOf(s: HttpSocket): Coroutine<HttpField[]> {
  const deadline = now() + patience;
  const fields: HttpField[] = [];
  try {
    while (true) fields.push(yield* httpRecvfield(s, deadline));
  } catch (e) {
    if (!isErrno(e, "EPIPE")) throw e;
    return fields;
  }
}

function valueOf(fields: readonly HttpField[], wanted: string): string | undefined {
  return fields.find(({ name }) => name.toLowerCase() === wanted)?.value;
}

function* heads(n: number, meter: Meter): Coroutine<number> {
  const [a, b] = yield* ipcPair();
  const received = httpAttach(b);
  function* sender(): Coroutine {
    const batch = Buffer.from(requestHead.repeat(headsPerWrite));
    for (let i = 0; i < n; i += headsPerWrite) yield* bsend(a, batch, -1);
  }
  let right = 0;
  meter.start();
  const sending = go(sender());
  for (let i = 0; i < n; i++) {
    const request = yield* httpRecvrequest(received, -1);
    const fields = yield* fieldsOf(received);
    if (request.resource === resource && fields.length === fieldCount) right += 1;
  }
  meter.stop();
  for (const h of [sending, a, received]) hclose(h);
  return right;
}
