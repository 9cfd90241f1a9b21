import { expect } from "chai";
import { run as runEffection } from "effection";
import { once } from "node:events";
import net, { connect, type Socket } from "node:net";
import {
  brecv,
  bsend,
  type Coroutine,
  go,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  isErrno,
  msleep,
  now,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import { descriptors } from "../support/descriptors.js";
import { codeOf, failureOf } from "../support/failure.js";
import { itBoth as it, it as itOnNode } from "../support/it.js";
import { hasNamespaces, inNetwork } from "../support/network.js";
import { startPython, stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";
import { collectWarnings } from "../support/warnings.js";

const anyPort = ipaddrLocal("127.0.0.1", 0);

describe("tcpListen", () => {
  afterEach(stopProcesses);

  itOnNode("takes a port that the system has chosen, and tells it at once", function* () {
    const ls = yield* tcpListen(anyPort, 10);
    const { port } = tcpLocal(ls);
    expect(port).to.be.within(1, 65_535);
    const peer = startPython(greeter, String(port));
    const s = yield* tcpAccept(ls, -1);
    expect(String(yield* brecv(s, 5, -1))).to.equal("hello");
    yield* bsend(s, Buffer.from("world"), -1);
    expect(yield* until(peer.line())).to.equal("world");
  });

  it("takes the port that it is told, and gives it back when it is closed", function* () {
    const first = yield* tcpListen(anyPort, 10);
    const addr = tcpLocal(first);
    hclose(first);
    const ls = yield* tcpListen(addr, 10);
    expect(tcpLocal(ls)).to.deep.equal(addr);
  });

  it("on all addresses of IPv6 takes connections over IPv4", function* () {
    const ls = yield* tcpListen(ipaddrLocal(null, 0, 2), 10);
    yield* tcpConnect(ipaddrLocal("127.0.0.1", tcpLocal(ls).port), -1);
    yield* tcpAccept(ls, -1);
  });

  itOnNode(
    "accepts connections with its options: small writes go out at once unless noDelay is false",
    function* () {
      const usual = yield* serverOptions({});
      expect(usual).to.include({ noDelay: true, keepAlive: false });
      const other = yield* serverOptions({ noDelay: false, keepAlive: 1500 });
      expect(other).to.include({ noDelay: false, keepAlive: true, keepAliveInitialDelay: 2000 });
    },
  );

  it("works in an Effection program", async () => {
    await runEffection(function* () {
      const ls = yield* tcpListen(anyPort, 10);
      expect(tcpLocal(ls).port).to.be.above(0);
      hclose(ls);
    });
  });

  itOnNode(
    "keeps 1024 connections that nobody has claimed, closes the others, and says so once",
    function* () {
      const warnings = collectWarnings("TCP_UNCLAIMED");
      const ls = yield* tcpListen(anyPort, 10);
      const { port } = tcpLocal(ls);
      let closed = 0;
      const clients: Socket[] = [];
      for (let i = 0; i < 1030; i++) {
        const client = connect(port, "127.0.0.1").resume();
        clients.push(client);
        client.on("close", () => {
          closed += 1;
        });
        yield* until(once(client, "connect"));
      }
      while (closed < 6) yield* msleep(now() + 5);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include({ name: "LibdillWarning", code: "TCP_UNCLAIMED" });
      expect(warnings[0]?.message).to.contain("1024 connections wait for tcpAccept");
      for (const client of clients) client.destroy();
    },
  );

  describe("options", () => {
    it("share a port between listeners with reusePort, or say ENOTSUP", function* () {
      let first;
      try {
        first = yield* tcpListen(anyPort, 10, { reusePort: true });
      } catch (error) {
        if (!isErrno(error, "ENOTSUP")) throw error;
        return;
      }
      yield* tcpListen(tcpLocal(first), 10, { reusePort: true });
    });

    it("are EINVAL if they are of the wrong kind", function* () {
      for (const options of [{ noDelay: 1 }, { keepAlive: -1 }, { reusePort: "yes" }]) {
        expect(yield* codeOf(tcpListen(anyPort, 10, options as object))).to.equal("EINVAL");
      }
      for (const backlog of [-1, 1.5, NaN, "1", undefined]) {
        expect(yield* codeOf(tcpListen(anyPort, backlog as number))).to.equal("EINVAL");
      }
    });
  });

  describe("cancellation", () => {
    it("throws ECANCELED, and leaves nothing behind", function* () {
      const free = yield* tcpListen(anyPort, 10);
      const addr = tcpLocal(free);
      hclose(free);
      const before = descriptors();
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            codes.push(yield* codeOf(tcpListen(addr, 10)));
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      yield* msleep(now() + 5);
      expect(descriptors()).to.equal(before);
      hclose(yield* tcpListen(addr, 10));
    });
  });

  describe("errors", () => {
    itOnNode("EADDRINUSE: somebody has the port", function* () {
      const ls = yield* tcpListen(anyPort, 10);
      const before = descriptors();
      const error = yield* failureOf(tcpListen(tcpLocal(ls), 10));
      const address = `127.0.0.1:${tcpLocal(ls).port}`;
      expect(error).to.include({ code: "EADDRINUSE", syscall: "tcp_listen", address });
      expect(error.cause).to.include({ code: "EADDRINUSE" });
      expect(descriptors()).to.equal(before);
    });

    it("EADDRNOTAVAIL: the address is none of this machine", function* () {
      expect(yield* codeOf(tcpListen(ipaddrLocal("192.0.2.1", 0), 10))).to.equal("EADDRNOTAVAIL");
    });

    it("EACCES: a port below 1024, without the right to it", async function () {
      if (!hasNamespaces) this.skip();
      const codes = await inNetwork(":", "tcpAttempt nobody listen 127.0.0.1 80");
      expect(codes).to.deep.equal(["EACCES"]);
    });

    it("EINVAL: no address", function* () {
      for (const addr of [undefined, null, "127.0.0.1", {}, anyPort.port]) {
        expect(yield* codeOf(tcpListen(addr as Ipaddr, 10))).to.equal("EINVAL");
      }
    });
  });

  it("hands out no connection once it is closed", function* () {
    const ls = yield* tcpListen(anyPort, 10);
    const c: TcpSocket = yield* tcpConnect(tcpLocal(ls), -1);
    yield* msleep(now() + 5);
    hclose(ls);
    expect(yield* codeOf(brecv(c, 1, now() + 2000))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
  });
});

/** Node's options of the server that the operation makes: the kernel's of a connection can't be read. */
function* serverOptions(options: object): Coroutine<object> {
  const { createServer } = net;
  let seen: unknown;
  const spy = (...args: unknown[]): unknown => {
    seen ??= args[0];
    return Reflect.apply(createServer, net, args);
  };
  Reflect.set(net, "createServer", spy);
  try {
    hclose(yield* tcpListen(anyPort, 10, options));
  } finally {
    net.createServer = createServer;
  }
  return seen as object;
}

const greeter = `
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"hello")
print(s.recv(5).decode(), flush=True)
sys.stdin.read()
`;
