import { randomBytes } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  type Bytestream,
  type Coroutine,
  hclose,
  ipcConnect,
  isErrno,
  now,
  run,
} from "libdill-ts";
import { askWithNode, startCurl } from "../support/httpPeers.js";
import { startProgram, stopProcesses } from "../support/process.js";
import { tempDir } from "../support/tempDir.js";

const large = randomBytes(3_000_000).toString("latin1");

describe("the file server", () => {
  afterEach(stopProcesses);

  it("sends files to Node's client, and the head alone if that is what was asked for", async () => {
    await withServer(async (path) => {
      const answer = await askWithNode(path, { path: "/hello.txt?a=b" });
      expect(answer).to.include({ status: 200, body: "hello" });
      expect((await askWithNode(path, { path: "/empty" })).body).to.equal("");
      const head = await askWithNode(path, { path: "/hello.txt", method: "HEAD" });
      expect(head.rawHeaders).to.include.members(["Content-Length", "5"]);
      expect(head.body).to.equal("");
    });
  });

  it("sends a large file to curl, and keeps the connection for the next one", async () => {
    await withServer(async (path) => {
      const args = [
        "--write-out",
        "|%{num_connects}|",
        "http://localhost/hello.txt",
        "http://localhost/hello.txt",
      ];
      expect((await startCurl(path, ...args).ended()).stdout).to.equal("hello|1|hello|0|");
      const answer = await askWithNode(path, { path: "/large" });
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
    ["PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n", 413],
    [`GET / HTTP/1.1\r\nHost: ${"x".repeat(9000)}\r\n\r\n`, 431],
  ];
  for (const [text, status] of refused) {
    it(`answers ${JSON.stringify(text.slice(0, 60))} with ${status}`, async () => {
      await withServer((path) => run(expectStatus(path, text, status)));
    });
  }

  it("goes on after a refusal: the next request stands behind the body", async () => {
    await withServer((path) =>
      run(
        (function* () {
          const s = yield* ipcConnect(path, -1);
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

  it("closes idle connections at its end, and finishes the answer that is under way", async () => {
    await withServer(async (path, server) => {
      await run(
        (function* () {
          const idle = yield* ipcConnect(path, -1);
          const busy = yield* ipcConnect(path, -1);
          yield* bsend(busy, Buffer.from("GET /large HTTP/1.1\r\nHost: x\r\n\r\n"), -1);
          yield* brecv(busy, 12, now() + 5000);
          server.signal("SIGTERM");
          expect(yield* everything(idle)).to.equal("");
          expect((yield* everything(busy)).endsWith(large.slice(-1000))).to.equal(true);
          hclose(idle);
          hclose(busy);
        })(),
      );
      return "told";
    });
  });
});

type Server = ReturnType<typeof startProgram>;

/** Serves a folder with a few files while the scene is played, and ends in order. */
async function withServer(scene: (path: string, server: Server) => Promise<void | "told">) {
  const folder = tempDir();
  const root = join(folder, "root");
  mkdirSync(join(root, "folder"), { recursive: true });
  writeFileSync(join(root, "hello.txt"), "hello");
  writeFileSync(join(root, "empty"), "");
  writeFileSync(join(root, "large"), large, "latin1");
  writeFileSync(join(folder, "secret"), "secret");
  symlinkSync("../secret", join(root, "link"));
  const path = join(folder, "s");
  const server = startProgram("examples/file-server/main.js", path, root);
  await server.said("listening");
  if ((await scene(path, server)) !== "told") server.signal("SIGTERM");
  const { status, output } = await server.ended();
  expect(output).to.equal(`listening on ${path}\nbye\n`);
  expect(status).to.equal(0);
}

function* expectStatus(path: string, text: string, status: number): Coroutine {
  const s = yield* ipcConnect(path, -1);
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
