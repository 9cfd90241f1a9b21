// HTTPS by hand: a server and a client, made of TCP, TLS and the heads of HTTP. The certificate is made here, by openssl, and
// vouches for itself; the client trusts it because it is told to.
// In a clone, run it with: node build/examples/https/main.js
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  brecv,
  bsend,
  type Coroutine,
  go,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  isErrno,
  now,
  run,
  serve,
  tcpConnect,
  tcpListen,
  type TcpListener,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import {
  httpAttach,
  httpDetach,
  httpDone,
  type HttpField,
  httpFraming,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import {
  tlsAttachClient,
  tlsAttachServer,
  tlsContext,
  type TlsContext,
  tlsDone,
} from "libdill-ts/tls";

/** How long each step may take that waits for the other side. */
const patience = 5000;

interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

function makeCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "https-"));
  try {
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const files = ["-nodes", "-keyout", key, "-out", cert];
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", ...files, ...names], {
      stdio: "ignore",
    });
    return { cert: readFileSync(cert), key: readFileSync(key) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function* fieldsOf(s: HttpSocket): Coroutine<HttpField[]> {
  const fields: HttpField[] = [];
  try {
    for (;;) fields.push(yield* httpRecvfield(s, now() + patience));
  } catch (e) {
    if (!isErrno(e, "EPIPE")) throw e; // the empty line
  }
  return fields;
}

/** One client: a handshake, a question, an answer. What goes wrong with it is nobody else's matter. */
function* answer(connection: TcpSocket, context: TlsContext): Coroutine {
  const s = yield* tlsAttachServer(connection, context, now() + patience);
  const http = httpAttach(s);
  const { resource } = yield* httpRecvrequest(http, now() + patience);
  yield* fieldsOf(http);
  const body = Buffer.from(`you asked for ${resource}\n`);
  yield* httpSendstatus(http, 200, "OK", now() + patience);
  yield* httpSendfield(http, "Content-Length", `${body.length}`, now() + patience);
  const out = yield* httpDetach(http, now() + patience);
  yield* bsend(out, body, now() + patience);
  yield* tlsDone(out, now() + patience);
  hclose(out);
}

function* server(ls: TcpListener, context: TlsContext): Coroutine {
  yield* serve(ls, (s) => answer(s, context), {
    onError: (e) => console.log("a client:", (e as Error).message),
  });
}

function* get(addr: Ipaddr, ca: Buffer, resource: string): Coroutine<string> {
  const connection = yield* tcpConnect(addr, now() + patience);
  const s = yield* tlsAttachClient(connection, { servername: "localhost", ca }, now() + patience);
  const http = httpAttach(s);
  yield* httpSendrequest(http, "GET", resource, now() + patience);
  yield* httpSendfield(http, "Host", "localhost", now() + patience);
  yield* httpDone(http, now() + patience);
  const { status, version } = yield* httpRecvstatus(http, now() + patience);
  const framing = httpFraming(yield* fieldsOf(http), version);
  if (status !== 200 || framing.type !== "length") throw new Error(`status ${status}`);
  const body = yield* httpDetach(http, now() + patience);
  const text = String(yield* brecv(body, framing.length, now() + patience));
  hclose(body);
  return text;
}

await run(
  (function* () {
    const { cert, key } = makeCertificate();
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 100);
    const serving = go(server(ls, tlsContext({ cert, key })));
    for (const resource of ["/first", "/second"]) {
      console.log((yield* get(tcpLocal(ls), cert, resource)).trimEnd());
    }
    try {
      const stranger = yield* tcpConnect(tcpLocal(ls), now() + patience);
      yield* tlsAttachClient(stranger, { servername: "localhost" }, now() + patience);
    } catch (e) {
      if (!isErrno(e, "EACCES")) throw e;
      console.log("without the certificate, nobody trusts the server");
    }
    hclose(serving);
  })(),
);
