// Heads from and for others that speak HTTP: Node, curl, Python.
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  type IpcSocket,
  isErrno,
  now,
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
import { isTaken, judge } from "../../support/httpCorpus.js";
import { askWithNode, startCurl, startNodeServer } from "../../support/httpPeers.js";
import { it } from "../../support/it.js";
import { startPython, stopProcesses } from "../../support/process.js";
import { socketPath } from "../../support/tempDir.js";
import { until } from "../../support/until.js";

const pythonServer = `
import http.server, socketserver, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def address_string(self): return "local"
    def log_message(self, *args): pass
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = f"{self.command} {self.path} {self.headers['X-What']} ".encode() + body
        self.send_response(200, "As You Wish")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
server = socketserver.UnixStreamServer(sys.argv[1], Handler)
print("listening", flush=True)
server.serve_forever()
`;

const pythonClient = `
import http.client, socket, sys
class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(sys.argv[1])
connection = Connection("localhost")
for body in ["one", "", "three"]:
    connection.request("POST", "/a?b=c", body, {"X-What": "python"})
    answer = connection.getresponse()
    print(answer.status, answer.reason, answer.headers["X-Said"], answer.read().decode())
`;

/** Serves one client, who may ask again and again: says what it was asked. */
function* serve(client: IpcSocket): Coroutine {
  let s = client;
  try {
    for (;;) {
      const asked = httpAttach(s);
      const { command, resource, version } = yield* httpRecvrequest(asked, now() + 5000);
      const fields = yield* fieldsOf(asked);
      s = yield* httpDetach(asked, 0);
      const framing = httpFraming(fields, version);
      const body = framing.type === "length" ? String(yield* brecv(s, framing.length, -1)) : "";
      const said = `${command} ${resource} ${valueOf(fields, "x-what")} ${body}`;
      const answer = httpAttach(s);
      yield* httpSendstatus(answer, 200, "As You Wish", -1);
      yield* httpSendfield(answer, "X-Said", "\xe9", -1);
      yield* httpSendfield(answer, "Content-Length", String(said.length), -1);
      s = yield* httpDetach(answer, -1);
      yield* bsend(s, Buffer.from(said), -1);
    }
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  }
}

/** Asks twice through one connection. */
function* ask(path: string): Coroutine<string[]> {
  const said: string[] = [];
  let s = yield* ipcConnect(path, -1);
  for (const body of ["first", ""]) {
    const http: HttpSocket<IpcSocket> = httpAttach(s);
    yield* httpSendrequest(http, "POST", "/a?b=c", -1);
    yield* httpSendfield(http, "Host", "localhost", -1);
    yield* httpSendfield(http, "X-What", "we", -1);
    yield* httpSendfield(http, "Content-Length", String(body.length), -1);
    yield* httpDone(http, -1);
    s = yield* httpDetach(http, -1);
    yield* bsend(s, Buffer.from(body), -1);
    const answer = httpAttach(s);
    const { status, reason, version } = yield* httpRecvstatus(answer, now() + 5000);
    const framing = httpFraming(yield* fieldsOf(answer), version);
    s = yield* httpDetach(answer, 0);
    if (framing.type !== "length") throw new Error(framing.type);
    said.push(`${status} ${reason}: ${String(yield* brecv(s, framing.length, now() + 5000))}`);
  }
  hclose(s);
  return said;
}

function* fieldsOf(s: HttpSocket): Coroutine<HttpField[]> {
  const fields: HttpField[] = [];
  try {
    for (;;) fields.push(yield* httpRecvfield(s, now() + 5000));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
    return fields;
  }
}

function valueOf(fields: readonly HttpField[], wanted: string): string | undefined {
  return fields.find(({ name }) => name.toLowerCase() === wanted)?.value;
}

/** Serves clients of others while they are at work. */
function* whileServing<T>(work: (path: string) => Promise<T>): Coroutine<T> {
  const path = socketPath();
  const ls = yield* ipcListen(path, 10);
  const b = bundle();
  bundleGo(b, acceptAll());
  const result = yield* until(work(path));
  hclose(ls);
  yield* bundleWait(b, now() + 5000);
  hclose(b);
  return result;

  function* acceptAll(): Coroutine {
    try {
      for (;;) bundleGo(b, serve(yield* ipcAccept(ls, -1)));
    } catch (error) {
      if (!isErrno(error, "EBADF")) throw error;
    }
  }
}

describe("a server of heads", () => {
  afterEach(stopProcesses);

  it("answers Node's client", function* () {
    const options = {
      method: "POST",
      path: "/a?b=c",
      headers: { "X-What": "node", "Content-Length": 4 },
    };
    const answer = yield* whileServing((path) => askWithNode(path, options, "body"));
    expect(answer).to.deep.equal({
      status: 200,
      reason: "As You Wish",
      rawHeaders: ["X-Said", "\xe9", "Content-Length", "21"],
      body: "POST /a?b=c node body",
    });
  });

  it("answers curl, twice through one connection", function* () {
    const { status, stdout } = yield* whileServing((path) => {
      const url = "http://localhost/a?b=c";
      const one = ["-H", "X-What: curl", "--data", "body", "--write-out", "%{num_connects}|", url];
      return startCurl(path, ...one, url).ended();
    });
    expect(status).to.equal(0);
    expect(stdout).to.equal("POST /a?b=c curl body1|POST /a?b=c curl body0|");
  });

  it("answers Python's http.client, thrice through one connection", function* () {
    const { status, stdout } = yield* whileServing((path) =>
      startPython(pythonClient, path).ended(),
    );
    expect(status).to.equal(0);
    expect(stdout.trim().split("\n")).to.deep.equal(
      ["one", "", "three"].map((body) => `200 As You Wish \xe9 POST /a?b=c python ${body}`),
    );
  });
});

describe("a client of heads", () => {
  afterEach(stopProcesses);
  const said = ["200 As You Wish: POST /a?b=c we first", "200 As You Wish: POST /a?b=c we "];

  it("asks Node's server, twice through one connection", function* () {
    const path = socketPath();
    const server = yield* until(startNodeServer(path));
    expect(yield* ask(path)).to.deep.equal(said);
    yield* until(server.close());
  });

  it("asks Python's http.server, twice through one connection", function* () {
    const path = socketPath();
    yield* until(startPython(pythonServer, path).said("listening"));
    expect(yield* ask(path)).to.deep.equal(said);
  });
});

/** Heads on which two strict parsers can't disagree: 1 if the head is fine. */
const corpus: readonly (readonly [0 | 1, string])[] = [
  [1, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
  [1, "GET / HTTP/1.0\r\n\r\n"],
  [1, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"],
  [1, "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n"],
  [1, "GET / HTTP/1.1\r\nHost:x\r\na:\r\nb: \t \r\nc:\tx \t\r\n\r\n"],
  [1, "GET / HTTP/1.1\r\nHost: x\r\n!#$%&'*+-.^_`|~: x\r\n\r\n"],
  [1, 'GET / HTTP/1.1\r\nHost: x\r\na: \x80\xff\t"(),/:;<=>?@[\\]{}\r\n\r\n'],
  [1, "GET / HTTP/1.1\r\nHost: x\r\na: b\r\na: c\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na b: c\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na : c\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\n: c\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\n a: b\r\nHost: x\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na: b\r\n c\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na: b\r\n\tc\r\n\r\n"],
  [0, "GET / HTTP/1.1\nHost: x\n\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na: b\rc\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na: b\0c\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na: b\x01c\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na: b\x7fc\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\n\x80: b\r\n\r\n"],
  [0, "GET / HTTP/1.1\r\nHost: x\r\na(: b\r\n\r\n"],
  [0, "GET /\r\n\r\n HTTP/1.1\r\nHost: x\r\n\r\n"],
  [0, "GET / HTTP/1.12\r\nHost: x\r\n\r\n"],
  [0, "GET / HTTP/1\r\nHost: x\r\n\r\n"],
  [0, "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"],
  [0, "GET / http/1.1\r\nHost: x\r\n\r\n"],
  [0, "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n"],
  [0, "get / HTTP/1.1\r\nHost: x\r\n\r\n".replace("get", "g t")],
  [0, "\0GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
];

describe("Node's parser and this one", () => {
  it("judge the same heads alike", function* () {
    const path = socketPath();
    const server = yield* until(startNodeServer(path));
    for (const [isFine, text] of corpus) {
      const s = yield* ipcConnect(path, -1);
      yield* bsend(s, Buffer.from(text, "latin1"), -1);
      const answer = String(yield* brecvSome(s, 12, now() + 5000));
      expect(answer, JSON.stringify(text)).to.equal(isFine ? "HTTP/1.1 200" : "HTTP/1.1 400");
      hclose(s);
      const judgement = yield* judge("request", Buffer.from(text, "latin1"));
      expect(isTaken(judgement), JSON.stringify(text)).to.equal(isFine === 1);
    }
    yield* until(server.close());
  });
});
