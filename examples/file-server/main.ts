// An HTTP server of files, on a local socket. The library does the heads; bodies go over the bytestream between them.
// It keeps connections alive, refuses what lies outside its folder, and sends a file piece by piece. On SIGINT or SIGTERM
// it accepts nobody any more, closes the connections that are idle, and lets the answers under way come to their end.
// In a clone, run it with: node build/examples/file-server/main.js /tmp/files.ipc docs
// and ask it with: curl --unix-socket /tmp/files.ipc http://localhost/index.md
import { type FileHandle, open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import {
  brecvl,
  bsend,
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcListen,
  type IpcSocket,
  isErrno,
  main,
  now,
  until,
} from "libdill-ts";
import {
  httpAttach,
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

const [address = "/tmp/files.ipc", folder = "."] = process.argv.slice(2);
const patience = 10_000;
const grace = 2000;
const mostDropped = 1_000_000;

type Http = HttpSocket<IpcSocket>;

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
class Connection {
  private s: IpcSocket;
  private http: Http | null = null;

  constructor(s: IpcSocket) {
    this.s = s;
  }

  heads(): Http {
    this.http ??= httpAttach(this.s);
    return this.http;
  }

  *bytes(): Coroutine<IpcSocket> {
    if (this.http !== null) this.s = yield* httpDetach(this.http, now() + patience);
    this.http = null;
    return this.s;
  }

  close(): void {
    try {
      hclose(this.http ?? this.s);
    } catch (error) {
      if (!isErrno(error, "EBADF")) throw error; // what fails to detach is closed already
    }
  }
}

/** The connections that wait for a request. */
const idle = new Set<Http>();
let isEnding = false;

function* receiveRequest(s: Http): Coroutine<Request> {
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
function* dropBody(s: IpcSocket, { fields }: Request): Coroutine {
  const framing = httpFraming(fields);
  if (framing.type === "chunked") throw new Refusal("411 Length Required");
  if (framing.type === "none") return;
  if (framing.length > mostDropped) throw new Refusal("413 Content Too Large");
  yield* brecvl(s, [{ skip: framing.length }], now() + patience);
}

/** The file's path, which neither `..` nor a link leads out of the folder. */
function* pathOf(root: string, resource: string): Coroutine<string> {
  let path = "";
  try {
    path = decodeURIComponent(resource.replace(/[?#].*/, ""));
  } catch {
    throw new Refusal("400 Bad Request"); // no UTF-8
  }
  if (!path.startsWith("/") || path.includes("\0")) throw new Refusal("400 Bad Request");
  const real = yield* until(realpath(join(root, path)), now() + patience);
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
  const path = yield* pathOf(root, request.resource);
  const file = yield* until(open(path), now() + patience);
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

function* sendHead(s: Http, { status, length }: Answer, isLast: boolean): Coroutine {
  const deadline = now() + patience;
  yield* httpSendstatus(s, Number(status.slice(0, 3)), status.slice(4), deadline);
  yield* httpSendfield(s, "Content-Length", String(length), deadline);
  if (status.startsWith("405")) yield* httpSendfield(s, "Allow", "GET, HEAD", deadline);
  if (isLast) yield* httpSendfield(s, "Connection", "close", deadline);
  yield* httpDone(s, deadline);
}

function* sendFile(s: IpcSocket, file: FileHandle, length: number): Coroutine {
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
function* exchange(client: Connection, root: string): Coroutine<boolean> {
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

function* dialogue(s: IpcSocket, root: string): Coroutine {
  const client = new Connection(s);
  try {
    while (yield* exchange(client, root));
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

await main(
  function* () {
    const root = yield* until(realpath(folder), -1);
    const ls = yield* ipcListen(address, 511, { unlinkStale: true });
    const dialogues = bundle({ onError: (error) => console.error("a dialogue failed:", error) });
    console.log(`listening on ${address}`);
    try {
      for (;;) bundleGo(dialogues, dialogue(yield* ipcAccept(ls, -1), root));
    } finally {
      hclose(ls);
      yield* finish(dialogues);
      console.log("bye");
    }
  },
  { grace: 2 * grace },
);
