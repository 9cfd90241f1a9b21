import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  hclose,
  ipaddrLocal,
  now,
  run,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import { socks5ClientConnect, socks5ClientConnectbyname } from "libdill-ts/socks5";
import { codeOf } from "../support/failure.js";
import { startProcess, startProgram, stopProcesses } from "../support/process.js";
import { freePort } from "../support/socksPeers.js";

describe("the SOCKS5 proxy", () => {
  afterEach(stopProcesses);

  it("serves curl, which sends addresses or names", async () => {
    await withWeb(async (url) => {
      const { port } = await startProxy();
      for (const option of ["--socks5", "--socks5-hostname"]) {
        expect(await curl(option, `127.0.0.1:${port}`, url)).to.equal("hello from the web");
      }
    });
  });

  it("with a user and a password serves those who know them", async () => {
    await withWeb(async (url) => {
      const { port } = await startProxy("user", "pass");
      for (const option of ["--socks5", "--socks5-hostname"]) {
        const at = `127.0.0.1:${port}`;
        const login = ["--proxy-user", "user:pass"];
        expect(await curl(option, at, ...login, url)).to.equal("hello from the web");
        expect(await curl(option, at, "--proxy-user", "user:wrong", url)).to.equal("error 97");
        expect(await curl(option, at, url)).to.equal("error 97");
      }
    });
  });

  it("tells its client why it can't be connected", async () => {
    const { port } = await startProxy();
    await run(
      (function* () {
        const deadline = now() + 8000;
        const nobody = yield* freePort();
        const s = yield* tcpConnect(ipaddrLocal("127.0.0.1", port), deadline);
        const refused = socks5ClientConnectbyname(s, null, null, "localhost", nobody, deadline);
        expect(yield* codeOf(refused)).to.equal("ECONNREFUSED");
        const t = yield* tcpConnect(ipaddrLocal("127.0.0.1", port), deadline);
        const wrong = socks5ClientConnect(
          t,
          "user",
          "pass",
          ipaddrLocal("127.0.0.1", nobody),
          deadline,
        );
        expect(yield* codeOf(wrong)).to.equal("ECONNREFUSED");
      })(),
    );
  });

  it("does not know other commands than connect", async () => {
    const { port } = await startProxy();
    await run(
      (function* () {
        const s = yield* greeted(port);
        yield* bsend(s, Buffer.from("05030001000000000000", "hex"), -1);
        expect((yield* brecv(s, 10, -1)).toString("hex")).to.equal("05070001000000000000");
        expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
      })(),
    );
  });

  it("ends its tunnels when it is told to stop", async () => {
    const { port, proxy } = await startProxy();
    await run(
      (function* () {
        const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
        const s = yield* tcpConnect(ipaddrLocal("127.0.0.1", port), -1);
        yield* socks5ClientConnect(s, null, null, tcpLocal(ls), -1);
        const server = yield* tcpAccept(ls, -1);
        yield* bsend(s, Buffer.from("x"), -1);
        expect(String(yield* brecv(server, 1, -1))).to.equal("x");
        proxy.signal("SIGTERM");
        for (const end of [s, server]) {
          expect(yield* codeOf(brecv(end, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
        }
        for (const h of [s, server, ls]) hclose(h);
      })(),
    );
    expect((await proxy.ended()).status).to.equal(0);
  });
});

async function startProxy(...login: readonly string[]) {
  const proxy = startProgram("examples/socks5-proxy/main.js", "0", ...login);
  void proxy.ended(); // what it says of its tunnels is no complaint
  const port = Number((await proxy.line())?.split(" ").at(-1));
  return { proxy, port };
}

/** A client that has been let in. */
function* greeted(port: number): Coroutine<TcpSocket> {
  const s = yield* tcpConnect(ipaddrLocal("127.0.0.1", port), -1);
  yield* bsend(s, Buffer.from("050100", "hex"), -1);
  expect((yield* brecv(s, 2, -1)).toString("hex")).to.equal("0500");
  return s;
}

/** What it prints, or its status. */
async function curl(...args: readonly string[]): Promise<string> {
  const command = startProcess("curl", ["--silent", "--max-time", "8", "--noproxy", "", ...args]);
  const { status, stdout } = await command.ended();
  return status === 0 ? stdout : `error ${status}`;
}

async function withWeb(use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((_asked, answer) => void answer.end("hello from the web"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://localhost:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}
