// nginx, asked by a client of ours, and in front of a server of ours.
import { join } from "node:path";
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  hclose,
  isErrno,
  now,
} from "libdill-ts";
import { overCarriers, tcp } from "../../support/carriers.js";
import { codeOf } from "../../support/failure.js";
import { receiveRequest, receiveResponse, sendMessage } from "../../support/httpMessages.js";
import { startCurl } from "../../support/httpPeers.js";
import { it } from "../../support/it.js";
import { folderWith, startNginx } from "../../support/nginx.js";
import { stopProcesses } from "../../support/process.js";
import { until } from "../../support/until.js";

const big = Buffer.alloc(5_000_000, "0123456789abcdef");

overCarriers("nginx, asked by a client of heads", (carrier) => {
  afterEach(stopProcesses);

  it("answers many requests through one connection", function* () {
    const root = folderWith({ "a.txt": "abc", "big.bin": big });
    const where = yield* until(startNginx(carrier, `root ${root};`));
    let s = yield* carrier.dial(where, -1);
    const firsts: string[] = [];
    for (const resource of ["/a.txt", "/nothing", "/big.bin", "/a.txt"]) {
      s = yield* sendMessage(s, ["GET", resource], { Host: "localhost" }, null);
      const answer = yield* receiveResponse(s);
      firsts.push(`${answer.first} ${answer.framing} ${answer.body.length}`);
      if (resource === "/big.bin") expect(answer.body.equals(big)).to.equal(true);
      s = answer.s;
    }
    const missing = firsts[1] ?? "";
    expect(missing).to.match(/^404 Not Found length \d+$/);
    const small = "200 OK length 3";
    expect(firsts).to.deep.equal([small, missing, `200 OK length ${big.length}`, small]);
    hclose(s);
  });

  it("answers in chunks, after which the connection goes on", function* () {
    // What includes others has no length that nginx could know before.
    const include = '<!--#echo var="uri" -->';
    const root = folderWith({ "a.html": `${"x".repeat(100_000)}${include}` });
    const where = yield* until(startNginx(carrier, `root ${root}; ssi on;`));
    let s = yield* carrier.dial(where, -1);
    for (let i = 0; i < 2; i++) {
      s = yield* sendMessage(s, ["GET", "/a.html"], { Host: "localhost" }, null);
      const answer = yield* receiveResponse(s);
      expect(answer.framing).to.equal("chunked");
      expect(String(answer.body)).to.equal(`${"x".repeat(100_000)}/a.html`);
      s = answer.s;
    }
    hclose(s);
  });

  it("ends the connection behind its answer, if it is asked to or the request is bad", function* () {
    const root = folderWith({ "a.txt": "abc" });
    const where = yield* until(startNginx(carrier, `root ${root};`));
    for (const [fields, first] of [
      [{ Host: "localhost", Connection: "close" }, "200 OK"],
      [{}, "400 Bad Request"], // 1.1 wants a host
    ] as const) {
      const s = yield* sendMessage(yield* carrier.dial(where, -1), ["GET", "/a.txt"], fields, null);
      const answer = yield* receiveResponse(s);
      expect(answer.first).to.equal(first);
      expect(answer.fields.get("connection")).to.equal("close");
      expect(yield* codeOf(brecv(answer.s, 1, now() + 4000))).to.equal("EPIPE");
      hclose(answer.s);
    }
  });
});

/** Says what it was asked, in the way that the resource asks for. */
function* serve(client: Bytestream): Coroutine {
  let s = client;
  try {
    for (;;) {
      const asked = yield* receiveRequest(s);
      const said = Buffer.from(`${asked.first} ${asked.framing} ${asked.body.length}`);
      const [, way] = /\/(\w*)$/.exec(asked.first) ?? [];
      if (way === "end") {
        s = yield* sendMessage(asked.s, [200, "OK"], { Connection: "close" }, null);
        yield* bsend(s, said, -1);
        break;
      }
      const body = way === "big" ? big : way === "chunks" ? [said, Buffer.from("!")] : said;
      s = yield* sendMessage(asked.s, way === "" ? [404, "Nothing Here"] : [200, "OK"], {}, body);
      if (asked.fields.get("connection") === "close") break;
    }
    hclose(s);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  }
}

/** nginx is a client of 1.0 otherwise. */
const version = "proxy_http_version 1.1;";

interface Asked {
  readonly status: number | string;
  readonly stdout: string;
  /** How many connections the server got. */
  readonly connections: number;
}

overCarriers("nginx in front of a server of heads", (carrier) => {
  afterEach(stopProcesses);

  it("passes on requests and answers of every kind, each through a connection of its own", function* () {
    const urls = ["/length", "/chunks", "/end", "/"].map((resource) => `http://x${resource}`);
    const each = "%{http_code}|";
    const { status, stdout, connections } = yield* ask(version, "--write-out", each, ...urls);
    expect({ status, connections }).to.deep.equal({ status: 0, connections: 4 });
    expect(stdout).to.equal(
      "GET /length none 0200|GET /chunks none 0!200|GET /end none 0200|GET / none 0404|",
    );
  });

  it("keeps its connection to the server", function* () {
    const keeping = `${version} proxy_set_header Connection "";`;
    const urls = ["/length", "/chunks", "/length"].map((resource) => `http://x${resource}`);
    const { stdout, connections } = yield* ask(keeping, ...urls);
    expect(stdout).to.equal("GET /length none 0GET /chunks none 0!GET /length none 0");
    expect(connections).to.equal(1);
  });

  it("passes on bodies, with a length or in chunks", function* () {
    const file = join(folderWith({ big }), "big");
    const upload = ["--data-binary", `@${file}`, "-H", "Expect:", "http://x/length"];
    const plain = yield* ask("client_max_body_size 0;", ...upload);
    expect(plain.stdout).to.equal(`POST /length length ${big.length}`);
    const unbuffered = `${version} proxy_request_buffering off; client_max_body_size 0;`;
    const chunked = yield* ask(unbuffered, "-H", "Transfer-Encoding: chunked", ...upload);
    expect(chunked.stdout).to.equal(`POST /length chunked ${big.length}`);
  });

  it("passes on a large body of the server's", function* () {
    const { status, stdout } = yield* ask("", "http://x/big");
    expect(status).to.equal(0);
    expect(stdout === String(big)).to.equal(true);
  });

  /** Runs curl against an nginx that passes on what it is asked to a server of ours. */
  function* ask(directives: string, ...args: readonly string[]): Coroutine<Asked> {
    const { ls, where } = yield* carrier.listen(10);
    const clients = bundle();
    let connections = 0;
    bundleGo(clients, acceptAll());
    const target = where.startsWith("/") ? `unix:${where}` : where.replace(" ", ":");
    const upstream = `upstream ours { server ${target}; keepalive 1; }`;
    const pass = `location / { proxy_pass http://ours; ${directives} }`;
    const front = yield* until(startNginx(tcp, pass, upstream));
    const port = Number(front.split(" ")[1]);
    const { status, stdout } = yield* until(startCurl(port, ...args).ended());
    yield* until(stopProcesses());
    hclose(ls);
    yield* bundleWait(clients, now() + 4000);
    hclose(clients);
    return { status, stdout, connections };

    function* acceptAll(): Coroutine {
      try {
        for (;;) {
          bundleGo(clients, serve(yield* carrier.accept(ls, -1)));
          connections += 1;
        }
      } catch (error) {
        if (!isErrno(error, "EBADF")) throw error;
      }
    }
  }
});
