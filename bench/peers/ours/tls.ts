// libdill-ts's TLS over local sockets. The client gets a byte at first, and with it all that belongs to the handshake.
import {
  brecv,
  bsend,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  type IpcListener,
  ipcPair,
  join,
  run,
} from "libdill-ts";
import {
  tlsAttachClient,
  tlsAttachServer,
  type TlsClientOptions,
  tlsContext,
  type TlsContext,
  tlsDone,
} from "libdill-ts/tls";
import type { Contestants, Meter } from "../../contestant.js";
import { certificate } from "../certificate.js";
import { withPath } from "../serverProcess.js";
import { type Ends, idlers, roundTrips, sends } from "./tlsWith.js";

export const contestants: Contestants = {
  tls: (n, meter) => run(withEnds((ends) => roundTrips(ends, n, meter))),
  tlsThroughput: (n, meter) => run(withEnds((ends) => sends(ends, n, meter))),
  tlsHandshake: (n, meter) => withPath((path) => run(handshakes(path, n, meter))),
  tlsIdle: (n, meter) =>
    run(
      (function* () {
        const terms = makeTerms();
        return yield* idlers(n, meter, () => connect(terms));
      })(),
    ),
};

interface Terms {
  readonly client: TlsClientOptions;
  readonly context: TlsContext;
}

function makeTerms(): Terms {
  const { cert, key } = certificate();
  const client = { servername: "localhost", context: tlsContext({ ca: cert }) };
  return { client, context: tlsContext({ cert, key }) };
}

function* withEnds(use: (ends: Ends) => Coroutine<number>): Coroutine<number> {
  return yield* use(yield* connect(makeTerms()));
}

function* connect({ client, context }: Terms): Coroutine<Ends> {
  const [near, far] = yield* ipcPair();
  const serving = go(accept(far, context));
  const s = yield* tlsAttachClient(near, client, -1);
  yield* brecv(s, 1, -1);
  const other = yield* join(serving, -1);
  hclose(serving);
  return [s, other];
}

function* accept(s: Bytestream, context: TlsContext): Coroutine<Bytestream> {
  const secure = yield* tlsAttachServer(s, context, -1);
  yield* bsend(secure, Buffer.from("x"), -1);
  return secure;
}

function* handshakes(path: string, n: number, meter: Meter): Coroutine<number> {
  const { client, context } = makeTerms();
  const ls = yield* ipcListen(path, 128);
  const serving = go(serve(ls, context));
  let right = 0;
  meter.start();
  for (let i = 0; i < n; i++) {
    const s = yield* tlsAttachClient(yield* ipcConnect(path, -1), client, -1);
    if ((yield* brecv(s, 1, -1))[0] === 120) right += 1;
    hclose(s);
  }
  meter.stop();
  for (const h of [serving, ls]) hclose(h);
  return right;
}

function* serve(ls: IpcListener, context: TlsContext): Coroutine {
  for (;;) {
    const s = yield* tlsAttachServer(yield* ipcAccept(ls, -1), context, -1);
    yield* bsend(s, Buffer.from("x"), -1);
    yield* tlsDone(s, -1);
    hclose(s);
  }
}
