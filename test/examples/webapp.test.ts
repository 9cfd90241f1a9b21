import { once } from "node:events";
import { readdirSync } from "node:fs";
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  type Bytestream,
  type Coroutine,
  hclose,
  ipaddrLocal,
  isErrno,
  msleep,
  now,
  run,
  tcpConnect,
} from "libdill-ts";
import { tlsAttachClient } from "libdill-ts/tls";
import { WebSocket } from "ws";
import { certificates } from "../support/certificates.js";
import { codeOf } from "../support/failure.js";
import {
  type OtherProcess,
  startProcess,
  startProgram,
  stopProcesses,
} from "../support/process.js";
import { trusting } from "../support/tlsPair.js";
import { until } from "../support/until.js";
import { startWebsockets } from "../support/wsPeers.js";

const schemes = ["http", "https"] as const;
type Scheme = (typeof schemes)[number];

interface App {
  readonly server: OtherProcess;
  readonly ports: Record<Scheme, number>;
}

/** Receives all messages, and says how it was closed. */
const pythonClient = `
import ssl
async def main():
    context = ssl.create_default_context(cafile=sys.argv[2]) if sys.argv[1].startswith("wss") else None
    async with websockets.connect(sys.argv[1], ssl=context, **options) as ws:
        said = [message async for message in ws]
        print(*said, ws.close_code, flush=True)
asyncio.run(main())
`;

const countdown = "9 8 7 6 5 4 3 2 1 0 Boom!";

describe("the web application", () => {
  afterEach(stopProcesses);

  for (const scheme of schemes) {
    describe(`over ${scheme}`, () => {
      it("serves its page, its status and an echo to curl, over one connection", async () => {
        await withApp([], async (app) => {
          const at = urlOf(app, scheme);
          const connects = ["--write-out", "|%{http_code} %{num_connects}|"];
          const echoed = await curl(...connects, "--data", "hello", `${at}/echo`, `${at}/echo`);
          expect(echoed).to.equal("hello|200 1|hello|200 0|");
          expect(await curl(`${at}/?a=b`)).to.contain("new WebSocket(location.origin");
          const status: unknown = JSON.parse(await curl(`${at}/status`));
          expect(status).to.deep.equal({ clients: 1, requests: 4, countdowns: 0 });
          expect(await curl("--head", `${at}/status`)).to.match(
            /^HTTP\/1\.1 200 OK\r\nContent-Length: 41\r\nContent-Type: application\/json\r\n\r\n$/,
          );
        });
      });

      it("counts down for npm's ws and for Python's websockets, and closes with 1000", async () => {
        await withApp(["--tick", "1"], async (app) => {
          const url = `${urlOf(app, scheme).replace("http", "ws")}/countdown`;
          const python = startWebsockets(pythonClient, url, certificates().authority.certFile);
          const socket = dial(url);
          const said: string[] = [];
          socket.on("message", (data: Buffer) => said.push(String(data)));
          const [code, reason] = (await once(socket, "close")) as [number, Buffer];
          expect([said.join(" "), code, String(reason)]).to.deep.equal([countdown, 1000, ""]);
          expect(await python.line()).to.equal(`${countdown} 1000`);
        });
      });

      it("opens a WebSocket for its own page alone", async () => {
        await withApp([], async (app) => {
          const url = `${urlOf(app, scheme).replace("http", "ws")}/countdown`;
          const [error] = (await once(dial(url, "https://evil.example"), "error")) as [Error];
          expect(error.message).to.equal("Unexpected server response: 403");
          const socket = dial(url, urlOf(app, scheme));
          const [first] = (await once(socket, "message")) as [Buffer];
          expect(String(first)).to.equal("9");
          const closed = once(socket, "close");
          socket.close(4000, "enough");
          expect((await closed)[0]).to.equal(1000);
        });
      });

      it("answers what is no good request, and goes on serving", async () => {
        await withApp([], (app) =>
          run(
            (function* () {
              for (const [text, status] of refused) {
                const s = yield* connect(app, scheme);
                yield* bsend(s, Buffer.from(text, "latin1"), now() + 5000);
                const start = String(yield* brecv(s, 12, now() + 5000));
                expect([text.slice(0, 60), start.slice(9)]).to.deep.equal([
                  text.slice(0, 60),
                  String(status),
                ]);
                hclose(s);
              }
            })(),
          ),
        );
      });

      it("gets rid of who sends a head byte by byte, or nothing, and serves others meanwhile", async () => {
        await withApp(["--patience", "2000"], (app) =>
          run(
            (function* () {
              const silent = yield* connect(app, scheme);
              const slow = yield* connect(app, scheme);
              yield* bsend(slow, Buffer.from("GET / HTTP/1.1\r\nHost: x\r\nA: "), now() + 5000);
              expect(yield* ask(app, scheme, lastRequest)).to.match(/^HTTP\/1\.1 200 OK/);
              expect(yield* trickle(slow)).to.equal("EPIPE");
              expect(yield* codeOf(brecv(silent, 1, now() + 5000))).to.equal("EPIPE");
              for (const s of [slow, silent]) hclose(s);
            })(),
          ),
        );
      });

      it("tells whom it has no place for", async () => {
        await withApp(["--clients", "1"], (app) =>
          run(
            (function* () {
              const request = "GET /status HTTP/1.1\r\nHost: x\r\n\r\n";
              const first = yield* connect(app, scheme);
              yield* bsend(first, Buffer.from(request), -1);
              expect(String(yield* brecv(first, 12, now() + 5000))).to.equal("HTTP/1.1 200");
              expect(yield* ask(app, scheme, request)).to.match(
                /^HTTP\/1\.1 503 Service Unavailable\r\n.*Connection: close\r\n\r\n$/s,
              );
              hclose(first);
            })(),
          ),
        );
      });
    });
  }

  it("says goodbye to all of its clients on SIGTERM, and ends with status 0", async () => {
    const app = await startApp();
    const sockets = schemes.map((scheme) =>
      dial(`${urlOf(app, scheme).replace("http", "ws")}/countdown`),
    );
    await Promise.all(sockets.map((socket) => once(socket, "message")));
    const goodbyes = Promise.all(sockets.map((socket) => once(socket, "close")));
    await run(
      (function* () {
        const idle: Bytestream[] = [];
        for (const scheme of schemes) {
          for (const begun of [
            "",
            "GET / HT",
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
          ]) {
            const s = yield* connect(app, scheme);
            // Its first request has been answered: so the server is in the dialogue.
            yield* bsend(s, Buffer.from(`GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n${begun}`), -1);
            yield* brecv(
              s,
              "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".length,
              now() + 5000,
            );
            idle.push(s);
          }
        }
        app.server.signal("SIGTERM");
        for (const s of idle) {
          expect(yield* codeOf(brecv(s, 1, now() + 5000))).to.equal("EPIPE");
          hclose(s);
        }
      })(),
    );
    for (const [code, reason] of (await goodbyes) as [number, Buffer][]) {
      expect([code, String(reason)]).to.deep.equal([1001, "the server goes away"]);
    }
    await expectEnd(app);
  });

  it("ends on SIGTERM in spite of clients that take no part in the goodbye", async () => {
    const app = await startApp();
    await run(
      (function* () {
        for (const scheme of schemes) {
          for (const request of [upgrade, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"]) {
            const s = yield* connect(app, scheme);
            yield* bsend(s, Buffer.from(request), -1);
            yield* brecv(s, 12, now() + 5000);
          }
        }
        app.server.signal("SIGTERM");
        yield* until(expectEnd(app)); // only then are the clients closed
      })(),
    );
  });

  it("keeps no descriptor of a client that was rude", async () => {
    await withApp(["--patience", "2000"], (app) =>
      run(
        (function* () {
          for (const scheme of schemes) yield* ask(app, scheme, "nonsense\r\n\r\n");
          yield* untilAlone(app);
          const before = descriptorsOf(app).length;
          const held: Bytestream[] = [];
          for (const scheme of schemes) {
            for (const rubbish of [
              "\0".repeat(100),
              "GET / HTTP/1.1\r\nHo",
              upgrade,
              `${upgrade}\x81`,
            ]) {
              for (const connecting of [connect(app, scheme), connectPlainly(app, scheme)]) {
                const s = yield* connecting;
                yield* bsend(s, Buffer.from(rubbish, "latin1"), -1);
                if (rubbish.startsWith("GET / ")) held.push(s);
                else hclose(s);
              }
            }
          }
          yield* untilAlone(app);
          while (descriptorsOf(app).length > before) yield* msleep(now() + 10);
          for (const s of held) hclose(s);
        })(),
      ),
    );
  });

  const wrong = [["--colour", "red"], ["--http", "eighty"], ["--cert", "cert.pem"], ["8080"]];
  for (const words of wrong) {
    it(`explains itself when it is told ${words.join(" ")}`, async () => {
      const { status, stdout, stderr } = await startWebapp(...words).ended();
      expect([status, stdout]).to.deep.equal([2, ""]);
      expect(stderr).to.match(/^usage: webapp \[options\]\n/);
    });
  }

  it("does not begin if it can't have its port", async () => {
    const { ports } = await startApp();
    const { status, stderr } = await startWebapp("--http", String(ports.http)).ended();
    expect(status).to.equal(1);
    expect(stderr).to.contain("EADDRINUSE");
  });
});

const lastRequest = "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

const upgrade =
  "GET /countdown HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

const refused: readonly (readonly [string, number])[] = [
  ["GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404],
  ["DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", 404],
  ["GET / HTTP/1.1\r\n\r\n", 400],
  ["GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400],
  ["GET / HTTP/1.1\nHost: x\n\n", 400],
  ["GET /countdown HTTP/1.1\r\nHost: x\r\n\r\n", 426],
  [upgrade.replace("Key: ", "Key: !"), 400],
  [upgrade.replace("GET", "POST"), 400],
  ["nonsense\r\n\r\n", 400],
  [`${"\0\xff".repeat(20)}\r\n\r\n`, 400],
  ["POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400],
  ["POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411],
  ["POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413],
  [`GET / HTTP/1.1\r\nHost: ${"x".repeat(9000)}\r\n\r\n`, 431],
];

function startWebapp(...args: readonly string[]): OtherProcess {
  return startProgram("examples/webapp/main.js", ...args);
}

async function startApp(...args: readonly string[]): Promise<App> {
  const { certFile, keyFile } = certificates().server;
  const places = ["--host", "127.0.0.1", "--http", "0", "--https", "0"];
  const server = startWebapp(...places, "--cert", certFile, "--key", keyFile, ...args);
  const ports = { http: 0, https: 0 };
  for (const _ of schemes) {
    const [, scheme, port] = /^(https?) on port (\d+)$/.exec((await server.line()) ?? "") ?? [];
    ports[scheme as Scheme] = Number(port);
  }
  return { server, ports };
}

/** Plays the scene, and ends the server in order. */
async function withApp(args: readonly string[], scene: (app: App) => Promise<void>) {
  const app = await startApp(...args);
  await scene(app);
  app.server.signal("SIGTERM");
  await expectEnd(app);
}

async function expectEnd({ server }: App): Promise<void> {
  const { status, stdout, stderr } = await server.ended();
  expect(stderr).to.equal("");
  expect([status, stdout.split("\n").slice(2)]).to.deep.equal([0, ["bye", ""]]);
}

function urlOf({ ports }: App, scheme: Scheme): string {
  return `${scheme}://localhost:${ports[scheme]}`;
}

function dial(url: string, origin?: string): WebSocket {
  const ca = certificates().authority.cert;
  return new WebSocket(url, { ca, ...(origin !== undefined && { origin }) });
}

async function curl(...args: readonly string[]): Promise<string> {
  const trust = ["--cacert", certificates().authority.certFile, "--noproxy", "*"];
  const words = ["--silent", "--show-error", "--max-time", "10", ...trust, ...args];
  const { status, stdout, stderr } = await startProcess("curl", words).ended();
  expect([status, stderr]).to.deep.equal([0, ""]);
  return stdout;
}

function* connectPlainly({ ports }: App, scheme: Scheme): Coroutine<Bytestream> {
  return yield* tcpConnect(ipaddrLocal("127.0.0.1", ports[scheme]), now() + 5000);
}

function* connect(app: App, scheme: Scheme): Coroutine<Bytestream> {
  const s = yield* connectPlainly(app, scheme);
  return scheme === "http" ? s : yield* tlsAttachClient(s, trusting(), now() + 5000);
}

/** What the server answers to a last request: all that comes until it closes the connection. */
function* ask(app: App, scheme: Scheme, request: string): Coroutine<string> {
  const s = yield* connect(app, scheme);
  const parts: Buffer[] = [];
  try {
    yield* bsend(s, Buffer.from(request), now() + 5000);
    for (;;) parts.push(yield* brecvSome(s, 65_536, now() + 5000));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
    return String(Buffer.concat(parts));
  } finally {
    hclose(s);
  }
}

/** Sends byte after byte, until the server has had enough. Returns how that is told. */
function* trickle(s: Bytestream): Coroutine<string> {
  for (;;) {
    try {
      yield* bsend(s, Buffer.from("a"), now() + 5000);
      yield* brecv(s, 1, now() + 10);
      return "an answer";
    } catch (error) {
      if (!isErrno(error, "ETIMEDOUT")) return codeIn(error);
    }
  }
}

function codeIn(error: unknown): string {
  return isErrno(error) ? error.code : String(error);
}

/** Until the server has no client but the one that asks. */
function* untilAlone(app: App): Coroutine {
  while (!(yield* ask(app, "http", lastRequest)).includes('"clients":1,'))
    yield* msleep(now() + 10);
}

function descriptorsOf({ server }: App): string[] {
  return readdirSync(`/proc/${server.pid}/fd`);
}
