// An HTTP server of files, on a local socket and, if it is told a port, over TCP. The library does the heads; bodies go over
// the bytestream between them. It keeps connections alive, refuses what lies outside its folder, and sends a file piece by
// piece. On SIGINT or SIGTERM it accepts nobody any more, closes the connections that are idle, and lets the answers under
// way come to their end.
// In a clone, run it with: node build/examples/file-server/main.js docs /tmp/files.ipc localhost:8080
// and ask it with: curl --unix-socket /tmp/files.ipc http://localhost/index.md, or curl http://localhost:8080/index.md
import { type FileHandle, open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import {
  brecvl,
  bsend,
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  hclose,
  ipaddrRemote,
  ipcAccept,
  ipcListen,
  type IpcListener,
  isErrno,
  main,
  now,
  type Operation,
  scope,
  tcpAccept,
  tcpListen,
  type TcpListener,
  tcpLocal,
  until,
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

const [folder = ".", path = "/tmp/files.ipc", endpoint] = process.argv.slice(2);
const patience = 10_000;
const grace = 2000;
const mostDropped = 1_000_000;

interface Request extends HttpRequest {
  readonly fields: readonly HttpField[];
}

interface Answer {
  readonly status: string;
  readonly length: number;
  readonly file?: FileHandle;
}

/** Why a request gets no file. */
class Refusal extends Error {}

/** A client's connection: a bytestream, or the heads on it. Each takes the other's place. */
class Connection<S extends Bytestream> {
  private s: S;
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
    yield* httpClose(this.heads(), now() + patience);
  }

  close(): void {
    try {
      hclose(this.http ?? this.s);
    } catch (error) {
      if (!isErrno(error, "EBADF")) throw error; // it has ended, or has failed to detach
    }
  }
}

/** The connections that wait for a request. */
const idle = new Set<HttpSocket>();
let isEnding = false;

function* receiveRequest(s: HttpSocket): Coroutine<Request> {
  idle.add(s);
  let first: HttpRequest;
  try {
    first = yield* httpRecvrequest(s, now() + patience);
  } finally {
    idle.delete(s);
  }
  const deadline = now() + patience; // for all fields together
  const fields: HttpField[] = [];
  try {
    for (;;) fields.push(yield* httpRecvfield(s, deadline));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error; // the end of the head
  }
  return { ...first, fields };
}

function valuesOf({ fields }: Request, wanted: string): string[] {
  return fields.filter(({ name }) => name.toLowerCase() === wanted).map(({ value }) => value);
}

function staysOpen(request: Request): boolean {
  const options = valuesOf(request, "connection").join().toLowerCase();
  return request.version === "1.1" && !/\bclose\b/.test(options) && !isEnding;
}

/** No file wants a body, but the next request stands behind it. */
function* dropBody(s: Bytestream, { fields, version }: Request): Coroutine {
  const framing = httpFraming(fields, version);
  if (framing.type === "chunked") throw new Refusal("411 Length Required");
  if (framing.type === "none") return;
  if (framing.length > mostDropped) throw new Refusal("413 Content Too Large");
  yield* brecvl(s, [{ skip: framing.length }], now() + patience);
}

/** The file's path, which neither `..` nor a link leads out of the folder. */
function* pathOf(root: string, resource: string): Coroutine<string> {
  let name = "";
  try {
    name = decodeURIComponent(resource.replace(/[?#].*/, ""));
  } catch {
    throw new Refusal("400 Bad Request"); // no UTF-8
  }
  if (!name.startsWith("/") || name.includes("\0")) throw new Refusal("400 Bad Request");
  const real = yield* until(realpath(join(root, name)), now() + patience);
  if (!real.startsWith(root + sep)) throw new Refusal("403 Forbidden");
  return real;
}

function* answerTo(request: Request, root: string): Coroutine<Answer> {
  const hosts = valuesOf(request, "host").length;
  if (hosts > 1 || (hosts === 0 && request.version === "1.1")) {
    throw new Refusal("400 Bad Request");
  }
  const isHead = request.command === "HEAD";
  if (!isHead && request.command !== "GET") throw new Refusal("405 Method Not Allowed");
  const wanted = yield* pathOf(root, request.resource);
  const file = yield* until(open(wanted), now() + patience);
  let isKept = false;
  try {
    const stat = yield* until(file.stat(), now() + patience);
    if (!stat.isFile()) throw new Refusal("404 Not Found");
    isKept = !isHead;
    return { status: "200 OK", length: stat.size, ...(isKept && { file }) };
  } finally {
    if (!isKept) void file.close();
  }
}

/** What a request that failed is answered with. */
function refusalOf(error: unknown): Answer {
  if (error instanceof Refusal) return { status: error.message, length: 0 };
  if (isErrno(error, "EPROTO")) return { status: "400 Bad Request", length: 0 };
  if (isErrno(error, "EMSGSIZE")) return { status: "431 Head Too Large", length: 0 };
  if (isErrno(error, "EACCES")) return { status: "403 Forbidden", length: 0 };
  if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG")) {
    return { status: "404 Not Found", length: 0 };
  }
  throw error;
}

function* sendHead(s: HttpSocket, { status, length }: Answer, isLast: boolean): Coroutine {
  const deadline = now() + patience;
  yield* httpSendstatus(s, Number(status.slice(0, 3)), status.slice(4), deadline);
  yield* httpSendfield(s, "Content-Length", String(length), deadline);
  if (status.startsWith("405")) yield* httpSendfield(s, "Allow", "GET, HEAD", deadline);
  if (isLast) yield* httpSendfield(s, "Connection", "close", deadline);
  yield* httpDone(s, deadline);
}

function* sendFile(s: Bytestream, file: FileHandle, length: number): Coroutine {
  const buffer = Buffer.allocUnsafe(Math.min(length, 65_536));
  for (let left = length; left > 0; ) {
    const reading = file.read(buffer, 0, Math.min(left, buffer.length), null);
    const { bytesRead } = yield* until(reading, now() + patience);
    if (bytesRead === 0) throw new Error("a file became shorter while it was sent");
    yield* bsend(s, buffer.subarray(0, bytesRead), now() + patience);
    left -= bytesRead;
  }
}

/** One request and its answer. Returns whether another one may follow. */
function* exchange<S extends Bytestream>(client: Connection<S>, root: string): Coroutine<boolean> {
  let goesOn = false;
  let answer: Answer;
  try {
    const request = yield* receiveRequest(client.heads());
    yield* dropBody(yield* client.bytes(), request);
    goesOn = staysOpen(request);
    answer = yield* answerTo(request, root);
  } catch (error) {
    answer = refusalOf(error);
  }
  try {
    yield* sendHead(client.heads(), answer, !goesOn);
    if (answer.file !== undefined) {
      yield* sendFile(yield* client.bytes(), answer.file, answer.length);
    }
  } finally {
    void answer.file?.close();
  }
  return goesOn && !isEnding;
}

function* dialogue<S extends Bytestream>(client: Connection<S>, root: string): Coroutine {
  try {
    while (yield* exchange(client, root));
    yield* client.end();
  } catch (error) {
    if (isErrno(error, "EBADF") && isEnding) return; // it was idle
    if (!isErrno(error, "EPIPE", "ECONNRESET", "ETIMEDOUT")) throw error; // a client's fault is no fault of ours
  } finally {
    client.close();
  }
}

function* finish(dialogues: Bundle): Coroutine {
  isEnding = true;
  for (const s of idle) hclose(s);
  try {
    yield* bundleWait(dialogues, now() + grace);
  } catch (error) {
    if (!isErrno(error, "ETIMEDOUT")) throw error;
    console.log("the grace period is over");
  } finally {
    hclose(dialogues);
  }
}

function* listenOverTcp(where: string): Coroutine<TcpListener> {
  const [, v6, name = v6, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(where) ?? [];
  if (name === undefined) throw new Error(`an endpoint is host:port, not ${where}`);
  return yield* tcpListen(yield* ipaddrRemote(name, Number(port), 0, now() + patience), 511);
}

/** Begins a dialogue with each client of the listener, and closes the listener at the end. */
function* serve<L extends IpcListener | TcpListener, S extends Bytestream>(
  ls: L,
  accept: (ls: L, deadline: number) => Operation<S>,
  begin: (s: S) => void,
): Coroutine {
  try {
    for (;;) begin(yield* accept(ls, -1));
  } finally {
    hclose(ls);
  }
}

await main(
  function* () {
    const root = yield* until(realpath(folder), -1);
    const local = yield* ipcListen(path, 511, { unlinkStale: true });
    const remote = endpoint === undefined ? null : yield* listenOverTcp(endpoint);
    const dialogues = bundle({ onError: (error) => console.error("a dialogue failed:", error) });
    function begin<S extends Bytestream>(client: Connection<S>): void {
      bundleGo(dialogues, dialogue(client, root));
    }
    console.log(`listening on ${path}`);
    if (remote !== null) console.log(`listening on port ${tcpLocal(remote).port}`);
    try {
      yield* scope(function* (listening) {
        bundleGo(
          listening,
          serve(local, ipcAccept, (s) => begin(new Connection(s))),
        );
        if (remote !== null) {
          bundleGo(
            listening,
            serve(remote, tcpAccept, (s) => begin(new Connection(s))),
          );
        }
      });
    } finally {
      yield* finish(dialogues);
      console.log("bye");
    }
  },
  { grace: 2 * grace },
);
