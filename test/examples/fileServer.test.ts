import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  type Bytestream,
  type Coroutine,
  hclose,
  ipaddrLocal,
  ipcConnect,
  isErrno,
  now,
  run,
  tcpConnect,
} from "libdill-ts";
import { askWithNode, startCurl } from "../support/httpPeers.js";
import { startProgram, stopProcesses } from "../support/process.js";
import { tempDir } from "../support/tempDir.js";

const large = randomBytes(12_000_000).toString("latin1");

describe("the file server", () => {
  afterEach(stopProcesses);

  it("sends files to Node's client, and the head alone if that is what was asked for", async () => {
    await withServer(async (where) => {
      const answer = await askWithNode(where, { path: "/hello.txt?a=b" });
      expect(answer).to.include({ status: 200, body: "hello" });
      expect((await askWithNode(where, { path: "/empty" })).body).to.equal("");
      const head = await askWithNode(where, { path: "/hello.txt", method: "HEAD" });
      expect(head.rawHeaders).to.include.members(["Content-Length", "5"]);
      expect(head.body).to.equal("");
    });
  });

  it("sends a large file to curl, and keeps the connection for the next one", async () => {
    await withServer(async (where) => {
      const args = [
        "--write-out",
        "|%{num_connects}|",
        "http://localhost/hello.txt",
        "http://localhost/hello.txt",
      ];
      expect((await startCurl(where, ...args).ended()).stdout).to.equal("hello|1|hello|0|");
      const answer = await askWithNode(where, { path: "/large" });
      expect(answer.body === Buffer.from(large, "latin1").toString()).to.equal(true);
    });
  });

  const refused: readonly (readonly [string, number])[] = [
    ["GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404],
    ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", 403],
    ["GET /folder HTTP/1.1\r\nHost: x\r\n\r\n", 404],
    ["GET /hello.txt/x HTTP/1.1\r\nHost: x\r\n\r\n", 404],
    ["GET /../secret HTTP/1.1\r\nHost: x\r\n\r\n", 403],
    ["GET /folder/../../secret HTTP/1.1\r\nHost: x\r\n\r\n", 403],
    ["GET /%2e%2e/secret HTTP/1.1\r\nHost: x\r\n\r\n", 403],
    ["GET /..%2fsecret HTTP/1.1\r\nHost: x\r\n\r\n", 403],
    ["GET /link HTTP/1.1\r\nHost: x\r\n\r\n", 403],
    ["GET secret HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["GET /hello%00.txt HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["GET /hello.txt HTTP/1.1\r\n\r\n", 400],
    ["GET /hello.txt HTTP/1.1\nHost: x\n\n", 400],
    ["nonsense\r\n\r\n", 400],
    ["PUT /hello.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 405],
    ["GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400],
    ["PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411],
    ["PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
    ["PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n", 413],
    [`GET / HTTP/1.1\r\nHost: ${"x".repeat(9000)}\r\n\r\n`, 431],
  ];
  for (const [text, status] of refused) {
    it(`answers ${JSON.stringify(text.slice(0, 60))} with ${status}`, async () => {
      await withServer((where) => run(expectStatus(where, text, status)));
    });
  }

  it("goes on after a refusal: the next request stands behind the body", async () => {
    await withServer((where) =>
      run(
        (function* () {
          const s = yield* connect(where);
          const put = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
          const get = "GET /hello.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
          yield* bsend(s, Buffer.from(put + get), -1);
          const text = yield* everything(s);
          expect(text).to.match(
            /^HTTP\/1\.1 405 .*Allow: GET, HEAD\r\n\r\nHTTP\/1\.1 200 .*hello$/s,
          );
          hclose(s);
        })(),
      ),
    );
  });

  it("refuses a body that is too long so that its sender gets the answer", async () => {
    const head = "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n";
    await withServer((where) =>
      run(
        (function* () {
          const s = yield* connect(where);
          yield* bsend(s, Buffer.from(head + "x".repeat(9_000_000)), now() + 10_000);
          expect(yield* everything(s)).to.match(/^HTTP\/1\.1 413 .*\r\n\r\n$/s);
          hclose(s);
        })(),
      ),
    );
  });

  it("answers a bad head so that its sender gets the whole answer, two hundred times in a row", async () => {
    const body = "x".repeat(1_048_576);
    const bad = [
      ["GET / HTTP/1.1\nHost: x\n\n", "400 Bad Request"],
      [`GET / HTTP/1.1\r\nHost: ${"x".repeat(9000)}\r\n\r\n`, "431 Head Too Large"],
    ] as const;
    await withServer((where) =>
      run(
        (function* () {
          for (let i = 0; i < 200; i++) {
            const [head, status] = bad[i % 2]!;
            const s = yield* connect(where);
            yield* bsend(s, Buffer.from(head + body), now() + 10_000);
            const end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
            expect(yield* everything(s)).to.equal(`HTTP/1.1 ${status}\r\n${end}`);
            hclose(s);
          }
        })(),
      ),
    );
  }).timeout(20_000);

  it("closes idle connections at its end, and finishes the answers that are under way, over both carriers", async () => {
    const { server, places } = await startServer();
    await run(
      (function* () {
        const idle: Bytestream[] = [];
        const busy: Bytestream[] = [];
        for (const where of places) {
          idle.push(yield* connect(where));
          const s = yield* connect(where);
          busy.push(s);
          yield* bsend(s, Buffer.from("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"), -1);
          yield* brecv(s, 12, now() + 5000);
        }
        server.signal("SIGTERM");
        for (const s of idle) expect(yield* everything(s)).to.equal("");
        for (const s of busy) {
          expect((yield* everything(s)).endsWith(large.slice(-1000))).to.equal(true);
        }
        for (const s of [...idle, ...busy]) hclose(s);
      })(),
    );
    const { status, output } = await server.ended();
    expect([status, output.endsWith("\nbye\n")]).to.deep.equal([0, true]);
    expect(output).not.to.contain("the grace period is over");
  });

  it("needs no endpoint, and serves over its local socket alone then", async () => {
    const path = join(tempDir(), "s");
    const server = startProgram("examples/file-server/main.js", makeFolder(), path);
    await server.said("listening");
    expect((await askWithNode(path, { path: "/hello.txt" })).body).to.equal("hello");
    server.signal("SIGTERM");
    expect((await server.ended()).output).to.equal(`listening on ${path}\nbye\n`);
  });

  it("does not begin if it can't have its endpoint, and leaves no socket file behind", async () => {
    const { places } = await startServer();
    for (const [endpoint, error] of [
      [`127.0.0.1:${places[1]}`, "EADDRINUSE"],
      ["8080", "an endpoint is host:port, not 8080"],
    ] as const) {
      const path = join(tempDir(), "s");
      const second = startProgram("examples/file-server/main.js", makeFolder(), path, endpoint);
      const { status, stdout, stderr } = await second.ended();
      expect([status, stdout, existsSync(path)]).to.deep.equal([1, "", false]);
      expect(stderr).to.contain(error);
    }
  });
});

type Place = string | number;

/** Plays the scene over a local socket and over TCP, and ends the server in order. */
async function withServer(scene: (where: Place) => Promise<void>) {
  const { server, places } = await startServer();
  for (const where of places) await scene(where);
  server.signal("SIGTERM");
  const { status, output } = await server.ended();
  const [path, port] = places;
  expect(output).to.equal(`listening on ${path}\nlistening on port ${port}\nbye\n`);
  expect(status).to.equal(0);
}

async function startServer() {
  const path = join(tempDir(), "s");
  const args = [makeFolder(), path, "127.0.0.1:0"];
  const server = startProgram("examples/file-server/main.js", ...args);
  await server.line();
  const [, port] = /^listening on port (\d+)$/.exec((await server.line()) ?? "") ?? [];
  return { server, places: [path, Number(port)] as const };
}

/** Makes a folder with a few files, and a secret beside it. */
function makeFolder(): string {
  const folder = tempDir();
  const root = join(folder, "root");
  mkdirSync(join(root, "folder"), { recursive: true });
  writeFileSync(join(root, "hello.txt"), "hello");
  writeFileSync(join(root, "empty"), "");
  writeFileSync(join(root, "large"), large, "latin1");
  writeFileSync(join(folder, "secret"), "secret");
  symlinkSync("../secret", join(root, "link"));
  return root;
}

function* connect(where: Place): Coroutine<Bytestream> {
  if (typeof where === "string") return yield* ipcConnect(where, now() + 5000);
  return yield* tcpConnect(ipaddrLocal("127.0.0.1", where), now() + 5000);
}

function* expectStatus(where: Place, text: string, status: number): Coroutine {
  const s = yield* connect(where);
  yield* bsend(s, Buffer.from(text), -1);
  expect(String(yield* brecv(s, 12, now() + 5000))).to.equal(`HTTP/1.1 ${status}`);
  hclose(s);
}

function* everything(s: Bytestream): Coroutine<string> {
  const parts: Buffer[] = [];
  try {
    for (;;) parts.push(yield* brecvSome(s, 65536, now() + 5000));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
    return Buffer.concat(parts).toString("latin1");
  }
}
