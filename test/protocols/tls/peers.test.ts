// TLS with others: OpenSSL, GnuTLS, Python, curl, nginx. A test starts its peer, with a configuration of its own.
import { existsSync } from "node:fs";
import { request } from "node:https";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  ipcAccept,
  ipcConnect,
  ipcListen,
  isErrno,
  msleep,
  now,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpLocal,
} from "libdill-ts";
import {
  httpAttach,
  httpDetach,
  httpDone,
  httpRecvfield,
  httpRecvrequest,
  httpRecvstatus,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
} from "libdill-ts/http";
import {
  tlsAttachClient,
  tlsAttachServer,
  tlsContext,
  tlsDetach,
  tlsDone,
  tlsInfo,
  type TlsSocket,
} from "libdill-ts/tls";
import { certificates } from "../../support/certificates.js";
import { codeOf } from "../../support/failure.js";
import { startCurl } from "../../support/httpPeers.js";
import { it } from "../../support/it.js";
import { startNginx } from "../../support/nginx.js";
import {
  type OtherProcess,
  startProcess,
  startPython,
  stopProcesses,
} from "../../support/process.js";
import { socketPath } from "../../support/tempDir.js";
import { serving, trusting } from "../../support/tlsPair.js";
import { until } from "../../support/until.js";

const versions = ["TLSv1.2", "TLSv1.3"] as const;

/** A program of a Debian package, which the test can't do without. */
function startPeer(debian: string, command: string, ...args: readonly string[]): OtherProcess {
  const path = ["/usr/bin", "/usr/sbin", "/usr/local/bin"].map((dir) => join(dir, command));
  const found = path.find((file) => existsSync(file));
  if (found === undefined) throw new Error(`there is no ${command}: install the package ${debian}`);
  const peer = startProcess(found, args);
  void peer.ended(); // what it writes beside its output is not a complaint
  return peer;
}

/** OpenSSL's server, on a port of the system's choice. */
function startServer(...args: readonly string[]): OtherProcess {
  const { certFile, keyFile } = certificates().server;
  const where = ["-accept", "127.0.0.1:0", "-cert", certFile, "-key", keyFile];
  return startPeer("openssl", "openssl", "s_server", ...where, ...args);
}

describe("TLS with others", () => {
  afterEach(stopProcesses);

  describe("OpenSSL", () => {
    for (const version of versions) {
      const flag = version === "TLSv1.2" ? "-tls1_2" : "-tls1_3";

      it(`s_server talks to our client, ${version}`, function* () {
        const peer = startServer(flag, "-rev", "-alpn", "mine");
        const addr = yield* portOf(peer);
        const s = yield* tlsAttachClient(
          yield* tcpConnect(addr, -1),
          trusting({ alpn: ["mine"] }),
          -1,
        );
        expect(tlsInfo(s)).to.include({ protocol: version, alpn: "mine" });
        yield* bsend(s, Buffer.from("abc\n"), -1);
        expect(String(yield* brecv(s, 4, -1))).to.equal("cba\n");
        yield* tlsDone(s, -1);
        expect(yield* codeOf(brecv(s, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      });

      it(`s_client talks to our server, ${version}`, function* () {
        const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
        const where = `127.0.0.1:${tcpLocal(ls).port}`;
        const ca = certificates().authority.certFile;
        const peer = startPeer(
          "openssl",
          "openssl",
          "s_client",
          "-connect",
          where,
          "-servername",
          "localhost",
          "-CAfile",
          ca,
          "-verify_return_error",
          "-quiet",
          flag,
        );
        const s = yield* tlsAttachServer(yield* tcpAccept(ls, -1), tlsContext(serving()), -1);
        expect(tlsInfo(s)).to.include({ protocol: version, servername: "localhost" });
        peer.say("from s_client");
        expect(String(yield* brecv(s, 14, -1))).to.equal("from s_client\n");
        yield* bsend(s, Buffer.from("to s_client\n"), -1);
        yield* until(peer.said("to s_client"));
        yield* until(peer.kill());
        expect(yield* codeOf(brecv(s, 1, -1))).to.equal("ECONNRESET"); // it had no time for a farewell
      });
    }

    it("s_client asks for new keys, and gets them although our server only receives", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      const where = `127.0.0.1:${tcpLocal(ls).port}`;
      const peer = startPeer(
        "openssl",
        "openssl",
        "s_client",
        "-connect",
        where,
        "-tls1_3",
        "-msg",
      );
      const s = yield* tlsAttachServer(yield* tcpAccept(ls, -1), tlsContext(serving()), -1);
      for (let i = 0; i < 3; i++) {
        peer.say("K");
        // What it reads together with the command is dropped.
        yield* until(peer.said(">>> TLS 1.3, Handshake [length 0005], KeyUpdate", i + 1));
        peer.say(`after ${i}`);
        expect(String(yield* brecv(s, 8, -1))).to.equal(`after ${i}\n`);
        yield* bsend(s, Buffer.from(`answer ${i}\n`), -1);
        yield* until(peer.said(`answer ${i}`));
      }
      yield* until(peer.kill());
    });

    it("s_server's client certificate check refuses us, and we say so", function* () {
      const ca = certificates().authority.certFile;
      const peer = startServer("-CAfile", ca, "-Verify", "1", "-verify_return_error");
      const addr = yield* portOf(peer);
      const s = yield* tlsAttachClient(yield* tcpConnect(addr, -1), trusting(), -1);
      expect(yield* codeOf(brecv(s, 1, -1))).to.be.oneOf(["EACCES", "ECONNRESET"]);
      const { cert, key } = certificates().client;
      const t = yield* tlsAttachClient(yield* tcpConnect(addr, -1), trusting({ cert, key }), -1);
      yield* bsend(t, Buffer.from("trusted\n"), -1);
      yield* until(peer.said("trusted"));
    });
  });

  describe("GnuTLS", () => {
    it("gnutls-serv echoes what our client sends", function* () {
      const { certFile, keyFile } = certificates().server;
      const addr = yield* freePort();
      const peer = startPeer(
        "gnutls-bin",
        "gnutls-serv",
        `--port=${addr.port}`,
        `--x509certfile=${certFile}`,
        `--x509keyfile=${keyFile}`,
        "--echo",
      );
      const connection = yield* connectWhenReady(addr);
      const s = yield* tlsAttachClient(connection, trusting(), -1);
      yield* bsend(s, Buffer.from("to gnutls\n"), -1);
      expect(String(yield* brecv(s, 10, -1))).to.equal("to gnutls\n");
      hclose(s);
      yield* until(peer.kill());
    });

    it("gnutls-cli talks to our server, and ends when that has said farewell", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      const ca = certificates().authority.certFile;
      const peer = startPeer(
        "gnutls-bin",
        "gnutls-cli",
        `--port=${tcpLocal(ls).port}`,
        `--x509cafile=${ca}`,
        "--sni-hostname=localhost",
        "--verify-hostname=localhost",
        "127.0.0.1",
      );
      const s = yield* tlsAttachServer(yield* tcpAccept(ls, -1), tlsContext(serving()), -1);
      peer.say("from gnutls");
      expect(String(yield* brecv(s, 12, -1))).to.equal("from gnutls\n");
      yield* bsend(s, Buffer.from("to gnutls\n"), -1);
      yield* until(peer.said("to gnutls"));
      yield* tlsDone(s, -1);
      expect((yield* until(peer.ended())).output).to.contain(
        "Peer has closed the GnuTLS connection",
      );
    });
  });

  describe("Python", () => {
    for (const version of versions) {
      it(`unwraps, and goes on in plain, as the server, ${version}`, function* () {
        const { certFile, keyFile } = certificates().server;
        const path = socketPath();
        const peer = startPython(pythonServer, path, certFile, keyFile, version);
        yield* until(peer.said("listening"));
        const s = yield* tlsAttachClient(yield* ipcConnect(path, -1), trusting(), -1);
        yield* talkAndDetach(s);
        yield* until(peer.kill());
      });

      it(`unwraps, and goes on in plain, as the client, ${version}`, function* () {
        const path = socketPath();
        const ls = yield* ipcListen(path, 10);
        const peer = startPython(pythonClient, path, certificates().authority.certFile, version);
        const s = yield* tlsAttachServer(yield* ipcAccept(ls, -1), tlsContext(serving()), -1);
        yield* talkAndDetach(s);
        yield* until(peer.kill());
      });
    }
  });

  describe("https", () => {
    it("curl and Node get an answer from a server made of TLS and HTTP", function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const context = tlsContext(serving({ alpn: ["http/1.1"] }));
      const clients = bundle();
      bundleGo(
        clients,
        (function* () {
          for (let i = 0; i < 2; i++) {
            yield* answer(yield* tlsAttachServer(yield* ipcAccept(ls, -1), context, -1));
          }
        })(),
      );
      const { certFile, cert } = certificates().authority;
      const curl = startCurl(path, "--cacert", certFile, "https://localhost/by-curl");
      expect(yield* until(curl.ended())).to.deep.include({ status: 0, stdout: "hello /by-curl" });
      expect(yield* until(askWithNode(path, cert))).to.equal("hello /by-node");
      yield* bundleWait(clients, -1);
    });

    it("nginx answers our client", function* () {
      const { certFile, keyFile } = certificates().server;
      const server = `ssl_certificate ${certFile}; ssl_certificate_key ${keyFile}; location / { return 200 "from nginx\\n"; }`;
      const path = yield* until(startNginx({ name: "ipc" }, server, "", "ssl"));
      const s = yield* tlsAttachClient(yield* ipcConnect(path, -1), trusting(), -1);
      const asking = httpAttach(s);
      yield* httpSendrequest(asking, "GET", "/", -1);
      yield* httpSendfield(asking, "Host", "localhost", -1);
      yield* httpSendfield(asking, "Connection", "close", -1);
      yield* httpDone(asking, -1);
      const { status } = yield* httpRecvstatus(asking, -1);
      yield* skipFields(asking);
      const body = yield* httpDetach(asking, -1);
      expect([status, String(yield* brecv(body, 11, -1))]).to.deep.equal([200, "from nginx\n"]);
      expect(yield* codeOf(brecv(body, 1, -1))).to.equal("EPIPE");
    });
  });
});

/** Where s_server listens. */
function* portOf(peer: OtherProcess): Coroutine<Ipaddr> {
  for (;;) {
    const line = yield* until(peer.line());
    if (line === undefined) throw new Error("the server has ended");
    const [, port] = /^ACCEPT .*:(\d+)$/.exec(line) ?? [];
    if (port !== undefined) return ipaddrLocal("127.0.0.1", Number(port));
  }
}

function* freePort(): Coroutine<Ipaddr> {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
  const addr = tcpLocal(ls);
  hclose(ls);
  return addr;
}

function* connectWhenReady(addr: Ipaddr) {
  for (;;) {
    try {
      return yield* tcpConnect(addr, -1);
    } catch (error) {
      if (!isErrno(error, "ECONNREFUSED")) throw error;
      yield* msleep(now() + 10);
    }
  }
}

function* talkAndDetach(s: TlsSocket): Coroutine {
  yield* bsend(s, Buffer.from("secret"), -1);
  expect(String(yield* brecv(s, 6, -1))).to.equal("terces");
  const plain = yield* tlsDetach(s, -1);
  yield* bsend(plain, Buffer.from("plain"), -1);
  expect(String(yield* brecv(plain, 5, -1))).to.equal("nialp");
  hclose(plain);
}

function* answer(s: TlsSocket): Coroutine {
  const asked = httpAttach(s);
  const { resource } = yield* httpRecvrequest(asked, -1);
  yield* skipFields(asked);
  const body = Buffer.from(`hello ${resource}`);
  yield* httpSendstatus(asked, 200, "OK", -1);
  yield* httpSendfield(asked, "Content-Length", String(body.length), -1);
  yield* httpSendfield(asked, "Connection", "close", -1);
  const out: TlsSocket = yield* httpDetach(asked, -1);
  yield* bsend(out, body, -1);
  yield* tlsDone(out, -1);
  yield* waitForEnd(out);
  hclose(out);
}

function* waitForEnd(s: Bytestream): Coroutine {
  try {
    for (;;) yield* brecvSome(s, 1000, -1);
  } catch (error) {
    if (!isErrno(error, "EPIPE", "ECONNRESET")) throw error;
  }
}

function* skipFields(s: Parameters<typeof httpRecvfield>[0]): Coroutine {
  try {
    for (;;) yield* httpRecvfield(s, -1);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  }
}

async function askWithNode(socketPath_: string, ca: string): Promise<string> {
  const options = { socketPath: socketPath_, path: "/by-node", ca, servername: "localhost" };
  const asking = request({ ...options, agent: false });
  asking.end();
  const [answered] = (await once(asking, "response")) as [IncomingMessage];
  return text(answered);
}

const pythonTalk = `
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, sys.argv[-1].replace(".", "_"))
s = wrap()
assert s.recv(6) == b"secret"
s.sendall(b"terces")
plain = s.unwrap()
assert plain.recv(5) == b"plain"
plain.sendall(b"nialp")
sys.stdin.read()
`;

const pythonServer = `
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
l = socket.socket(socket.AF_UNIX)
l.bind(sys.argv[1])
l.listen(1)
print("listening", flush=True)
def wrap():
    return context.wrap_socket(l.accept()[0], server_side=True)
${pythonTalk}`;

const pythonClient = `
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
def wrap():
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    return context.wrap_socket(s, server_hostname="localhost")
${pythonTalk}`;
