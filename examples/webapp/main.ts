// libdill's web application: a page whose script opens a WebSocket to where the page came from, in which the server counts
// down. It comes by http and, with a certificate, by https. Connections are kept, each step has a deadline, and on SIGINT or
// SIGTERM everybody is told that the server goes away.
// In a clone, run it with: node build/examples/webapp/main.js, and open http://localhost:8080/
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  brecv,
  bsend,
  type Bundle,
  bundle,
  bundleClose,
  bundleGo,
  type Bytestream,
  type Coroutine,
  hclose,
  ipaddrRemote,
  isErrno,
  main,
  msleep,
  now,
  scope,
  tcpAccept,
  tcpListen,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import {
  httpAttach,
  httpClose,
  httpDetach,
  httpDone,
  type HttpField,
  httpFraming,
  httpRecvfield,
  httpRecvrequest,
  type HttpRequest,
  httpSendfield,
  httpSendstatus,
  type HttpSocket,
} from "libdill-ts/http";
import { tlsAttachServer, tlsContext, type TlsContext } from "libdill-ts/tls";
import { wsAttachServer, wsDetach, wsRecv, wsSend, type WsSocket } from "libdill-ts/ws";

const usage = `usage: webapp [options]
  --host NAME      where to listen (localhost)
  --http PORT      for http (8080; 0 is any free one)
  --https PORT     for https (8443), which takes --cert FILE and --key FILE, both PEM. To try it, make them with
                   openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost
  --clients N      how many may be connected; others are told to come again later (1000)
  --patience MS    how long a client may take for one step (10000)
  --tick MS        how long the countdown's seconds are (1000)`;

const given = readOptions();
const [httpPort, httpsPort] = [numberIn(given.http), numberIn(given.https)];
const mostClients = numberIn(given.clients);
const patience = numberIn(given.patience);
const tick = numberIn(given.tick);
if ((given.cert === "") !== (given.key === "")) quit();

/** How long a goodbye may take. */
const grace = 1000;
const longestBody = 65_536;

const page = `<!DOCTYPE html><title>countdown</title><output style="font-size: 100px"></output><script>
  const s = new WebSocket(location.origin.replace("http", "ws") + "/countdown");
  const show = (text) => { document.querySelector("output").value = text; };
  s.onmessage = ({ data }) => show(data);
  s.onclose = ({ code, reason }) => { if (code !== 1000) show(code + " " + reason); };
</script>`;

function option(usual: string) {
  return { type: "string", default: usual } as const;
}

function readOptions() {
  const places = { host: option("localhost"), http: option("8080"), https: option("8443") };
  const files = { cert: option(""), key: option("") };
  const limits = { clients: option("1000"), patience: option("10000"), tick: option("1000") };
  try {
    return parseArgs({ options: { ...places, ...files, ...limits } }).values;
  } catch {
    return quit();
  }
}

function numberIn(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : quit();
}

function quit(): never {
  console.error(usage);
  process.exit(2);
}

interface Request extends HttpRequest {
  readonly fields: readonly HttpField[];
}

interface Answer {
  readonly status: string;
  readonly type?: string;
  readonly body?: Buffer | string;
  /** Without its body, for HEAD. */
  readonly isHead?: boolean;
}

/** Why a request gets none of the answers below. */
class Refusal extends Error {}

/** How many clients there are, and what they have had. */
const counts = { clients: 0, requests: 0, countdowns: 0 };

/** A client's connection: a bytestream, or the heads on it. Each takes the other's place. */
class Connection<S extends Bytestream> {
  s: S;
  private http: HttpSocket<S> | null = null;

  constructor(s: S) {
    this.s = s;
  }

  heads(): HttpSocket<S> {
    this.http ??= httpAttach(this.s);
    return this.http;
  }

  *bytes(): Coroutine<S> {
    if (this.http !== null) this.s = yield* httpDetach(this.http, now() + patience);
    this.http = null;
    return this.s;
  }

  /** So that the last answer arrives, whatever the client still sends. */
  *end(): Coroutine {
    yield* httpClose(this.heads(), now() + grace);
  }

  close(): void {
    try {
      hclose(this.http ?? this.s);
    } catch (error) {
      if (!isErrno(error, "EBADF")) throw error; // it has ended, or has failed as a WebSocket
    }
  }
}

/** A head has one deadline, so that who sends it byte by byte does not stay for long. */
function* receiveHead(s: HttpSocket): Coroutine<Request> {
  const deadline = now() + patience;
  const first = yield* httpRecvrequest(s, deadline);
  const fields: HttpField[] = [];
  try {
    for (;;) fields.push(yield* httpRecvfield(s, deadline));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error; // the end of the head
  }
  return { ...first, fields };
}

function* receiveBody(s: Bytestream, { fields, version }: Request): Coroutine<Buffer> {
  const framing = httpFraming(fields, version);
  if (framing.type === "chunked") throw new Refusal("411 Length Required");
  const length = framing.type === "none" ? 0 : framing.length;
  if (length > longestBody) throw new Refusal("413 Content Too Large");
  return yield* brecv(s, length, now() + patience);
}

function valuesOf({ fields }: Request, wanted: string): string[] {
  return fields.filter(({ name }) => name.toLowerCase() === wanted).map(({ value }) => value);
}

/** Browsers tell from which page a WebSocket comes, and any page may open one. */
function check(request: Request): void {
  const hosts = valuesOf(request, "host");
  const isNamed = hosts.length === 1 || (hosts.length === 0 && request.version === "1.0");
  if (!isNamed) throw new Refusal("400 Bad Request");
  if (counts.clients > mostClients) throw new Refusal("503 Service Unavailable");
  const isOwn = (origin: string): boolean => origin.replace(/^https?:\/\//, "") === hosts[0];
  if (!valuesOf(request, "origin").every(isOwn)) throw new Refusal("403 Forbidden");
}

function answerTo({ command, resource }: Request, body: Buffer): Answer {
  const [status, isHead] = ["200 OK", command === "HEAD"];
  switch (`${isHead ? "GET" : command} ${resource.replace(/\?.*/, "")}`) {
    case "GET /":
      return { status, type: "text/html", body: page, isHead };
    case "GET /status":
      return { status, type: "application/json", body: JSON.stringify(counts), isHead };
    case "POST /echo":
      return { status, type: "application/octet-stream", body };
    default:
      throw new Refusal("404 Not Found");
  }
}

/** What a request that failed is answered with. */
function refusalOf(error: unknown): Answer {
  if (error instanceof Refusal) return { status: error.message };
  if (isErrno(error, "EPROTO")) return { status: "400 Bad Request" };
  if (isErrno(error, "EMSGSIZE")) return { status: "431 Request Header Fields Too Large" };
  throw error;
}

function* send<S extends Bytestream>(
  client: Connection<S>,
  { status, type, body = "", isHead = false }: Answer,
  isLast: boolean,
): Coroutine {
  const [http, deadline] = [client.heads(), now() + patience];
  const bytes = Buffer.from(body);
  yield* httpSendstatus(http, Number(status.slice(0, 3)), status.slice(4), deadline);
  yield* httpSendfield(http, "Content-Length", String(bytes.length), deadline);
  if (type !== undefined) yield* httpSendfield(http, "Content-Type", type, deadline);
  if (isLast) yield* httpSendfield(http, "Connection", "close", deadline);
  yield* httpDone(http, deadline);
  if (bytes.length > 0 && !isHead) yield* bsend(yield* client.bytes(), bytes, deadline);
}

/** One request and its answer. Returns whether another one may follow. */
function* exchange<S extends Bytestream>(client: Connection<S>): Coroutine<boolean> {
  let answer: Answer | Request;
  let goesOn = false;
  try {
    const request = yield* receiveHead(client.heads());
    counts.requests += 1;
    check(request);
    const body = yield* receiveBody(yield* client.bytes(), request);
    const asked = valuesOf(request, "connection").join().toLowerCase();
    goesOn = request.version === "1.1" && !/\bclose\b/.test(asked);
    answer = request.resource === "/countdown" ? request : answerTo(request, body);
  } catch (error) {
    // The server goes away, or the client does, or takes its time.
    if (isErrno(error, "ECANCELED", "EPIPE", "ETIMEDOUT")) return false;
    answer = refusalOf(error);
  }
  if ("resource" in answer) {
    yield* countDown(client, answer);
    return false;
  }
  yield* send(client, answer, !goesOn);
  return goesOn;
}

function* countDown<S extends Bytestream>(client: Connection<S>, head: Request): Coroutine {
  const options = { head, maxSize: longestBody };
  const s = yield* wsAttachServer(yield* client.bytes(), options, now() + patience);
  counts.countdowns += 1;
  let [status, reason] = [1000, ""];
  try {
    for (const text of ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0", "Boom!"]) {
      yield* wsSend(s, "text", text, now() + patience);
      yield* listen(s, now() + tick);
    }
  } catch (error) {
    if (isErrno(error, "ECANCELED")) [status, reason] = [1001, "the server goes away"];
    else if (!isErrno(error, "EPIPE")) {
      hclose(s);
      throw error;
    }
  }
  client.s = yield* wsDetach(s, status, reason, now() + grace);
}

/** Sleeps until the deadline, and answers pings. What the client says does not matter, but that it leaves does: EPIPE. */
function* listen(s: WsSocket, deadline: number): Coroutine {
  try {
    while (now() < deadline) yield* wsRecv(s, deadline);
  } catch (error) {
    if (!isErrno(error, "ETIMEDOUT")) throw error;
  }
}

function* dialogue<S extends Bytestream>(s: S): Coroutine {
  const client = new Connection(s);
  try {
    while (yield* exchange(client));
    yield* client.end();
  } finally {
    client.close();
  }
}

function* visit(s: TcpSocket, context: TlsContext | null): Coroutine {
  counts.clients += 1;
  try {
    if (context === null) yield* dialogue(s);
    else yield* dialogue(yield* tlsAttachServer(s, context, now() + patience));
  } finally {
    counts.clients -= 1;
  }
}

function* serve(clients: Bundle, port: number, context: TlsContext | null): Coroutine {
  const addr = yield* ipaddrRemote(given.host, port, 0, now() + patience);
  const ls = yield* tcpListen(addr, 511);
  console.log(`${context === null ? "http" : "https"} on port ${tcpLocal(ls).port}`);
  try {
    for (;;) {
      try {
        bundleGo(clients, visit(yield* tcpAccept(ls, -1), context));
      } catch (error) {
        if (!isErrno(error, "EMFILE", "ENFILE")) throw error;
        yield* msleep(now() + 100); // until somebody has left
      }
    }
  } finally {
    hclose(ls);
  }
}

/** What clients do wrong, or what befalls them, is no fault of the program. */
function report(error: unknown): void {
  const theirs = ["EACCES", "ECONNRESET", "EMSGSIZE", "EPIPE", "EPROTO", "ETIMEDOUT"] as const;
  if (!isErrno(error, ...theirs)) console.error("a dialogue failed:", error);
}

await main(
  function* () {
    const clients = bundle({ onError: report });
    try {
      yield* scope(function* (servers) {
        const { cert, key } = given;
        const isSecure = cert !== "";
        const context =
          isSecure && tlsContext({ cert: readFileSync(cert), key: readFileSync(key) });
        bundleGo(servers, serve(clients, httpPort, null));
        if (context !== false) bundleGo(servers, serve(clients, httpsPort, context));
      });
    } finally {
      yield* bundleClose(clients, now() + grace);
      console.log("bye");
    }
  },
  { grace: 2 * grace },
);
