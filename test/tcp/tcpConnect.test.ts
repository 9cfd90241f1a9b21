import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import { Socket } from "node:net";
import {
  brecv,
  bsend,
  type Coroutine,
  DillError,
  go,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  msleep,
  now,
  run,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import { descriptors } from "../support/descriptors.js";
import { codeOf, failureOf } from "../support/failure.js";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { itBoth as it, it as itOnNode } from "../support/it.js";
import { hasNamespaces, inNetwork } from "../support/network.js";
import { fixtureCommand, startPython, stopProcesses } from "../support/process.js";
import { silentAddress } from "../support/silentAddress.js";
import { until } from "../support/until.js";

describe("tcpConnect", () => {
  afterEach(stopProcesses);

  for (const host of ["127.0.0.1", "::1"]) {
    it(`connects to a listener of ours on ${host}`, function* () {
      const ls = yield* tcpListen(ipaddrLocal(host, 0), 10);
      const c = yield* tcpConnect(tcpLocal(ls), -1);
      const s = yield* tcpAccept(ls, -1);
      yield* bsend(c, Buffer.from("ABC"), -1);
      expect(String(yield* brecv(s, 3, -1))).to.equal("ABC");
      yield* bsend(s, Buffer.from("DEF"), -1);
      expect(String(yield* brecv(c, 3, -1))).to.equal("DEF");
    });
  }

  itOnNode("connects to a program that knows nothing of us", function* () {
    const peer = startPython(echoOnce);
    const s = yield* tcpConnect(ipaddrLocal("127.0.0.1", Number(yield* until(peer.line()))), -1);
    yield* bsend(s, Buffer.from("question"), -1);
    expect(String(yield* brecv(s, 8, -1))).to.equal("question");
    expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
  });

  it("does nothing before the yield*, and works anew each time it is run", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    const operation = tcpConnect(tcpLocal(ls), -1);
    expect(yield* codeOf(tcpAccept(ls, 0))).to.equal("ETIMEDOUT");
    for (let i = 0; i < 2; i++) {
      yield* operation;
      yield* tcpAccept(ls, -1);
    }
  });

  it("takes an address that is made by hand", function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    const { port } = tcpLocal(ls);
    yield* tcpConnect({ family: "ipv4", address: "127.0.0.1", port }, -1);
  });

  it("works in an Effection program, where a halt drops the attempt", async () => {
    await runEffection(function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      const task = yield* spawn(() => tcpConnect(tcpLocal(ls), -1));
      yield* task.halt();
      const s = yield* tcpConnect(tcpLocal(ls), now() + 2000);
      for (const h of [s, ls]) hclose(h);
    });
  });

  describe("options", () => {
    itOnNode("send small writes at once, unless noDelay is false", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      expect(yield* optionsOf(ls, {})).to.deep.equal({ noDelay: true, keepAlive: undefined });
      expect(yield* optionsOf(ls, { noDelay: false })).to.include({ noDelay: false });
    });

    itOnNode("ask a silent peer whether it is alive, after whole seconds", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      expect(yield* optionsOf(ls, { keepAlive: 1500 })).to.include({ keepAlive: 2 });
    });

    it("are EINVAL if they are of the wrong kind", function* () {
      const addr = ipaddrLocal("127.0.0.1", 1);
      const wrong = [
        { noDelay: 1 },
        { noDelay: null },
        { keepAlive: 0 },
        { keepAlive: -1 },
        { keepAlive: NaN },
        { keepAlive: "1" },
        { keepAlive: 32_767_001 },
      ];
      for (const options of wrong) {
        expect(yield* codeOf(tcpConnect(addr, -1, options as object))).to.equal("EINVAL");
      }
    });
  });

  describe("deadline", () => {
    it("0 or past connects to a listener that needs no wait", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      for (const deadline of [0, now() - 1000, 1]) {
        yield* tcpConnect(tcpLocal(ls), deadline);
        yield* tcpAccept(ls, -1);
      }
    });

    itOnNode("gives ETIMEDOUT when it hits, never early, and leaves no descriptor", function* () {
      const silent = yield* silentAddress();
      const before = descriptors();
      for (const deadline of [now() + 30, 0]) {
        const error = yield* failureOf(tcpConnect(silent, deadline));
        const address = `127.0.0.1:${silent.port}`;
        expect(error).to.include({ code: "ETIMEDOUT", syscall: "tcp_connect", address });
        expect(now()).to.be.at.least(deadline);
        expect(descriptors()).to.equal(before);
      }
    });

    it("is EINVAL if it is no point in time", function* () {
      const addr = ipaddrLocal("127.0.0.1", 1);
      for (const deadline of [NaN, -2, -Infinity, "soon" as unknown as number]) {
        expect(yield* codeOf(tcpConnect(addr, deadline))).to.equal("EINVAL");
      }
    });
  });

  describe("cancellation", () => {
    itOnNode("gives ECANCELED at once, and the descriptor is closed by then", function* () {
      const silent = yield* silentAddress();
      const before = descriptors();
      let error: unknown;
      const b = go(
        (function* () {
          error = yield* failureOf(tcpConnect(silent, -1));
        })(),
      );
      yield* msleep(now() + 5);
      hclose(b);
      expect(error).to.include({ code: "ECANCELED", syscall: "tcp_connect" });
      expect(descriptors()).to.equal(before);
    });

    it("gives ECANCELED before Node has begun, too", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      const before = descriptors();
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            codes.push(yield* codeOf(tcpConnect(tcpLocal(ls), -1)));
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      yield* msleep(now() + 5);
      expect(descriptors()).to.equal(before);
      expect(yield* codeOf(tcpAccept(ls, 0))).to.equal("ETIMEDOUT");
    });
  });

  describe("errors", () => {
    itOnNode("ECONNREFUSED: nobody listens there", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      const addr = tcpLocal(ls);
      hclose(ls);
      const before = descriptors();
      const error = yield* (function* connectToNobody(): Coroutine<DillError> {
        return yield* failureOf(tcpConnect(addr, -1));
      })();
      const address = `127.0.0.1:${addr.port}`;
      expect(error).to.include({ code: "ECONNREFUSED", syscall: "tcp_connect", address });
      expect(error.cause).to.include({ code: "ECONNREFUSED", syscall: "connect" });
      expect(error.stack).to.contain("connectToNobody");
      expect(descriptors()).to.equal(before);
    });

    it("EINVAL: no address", function* () {
      const wrong = [
        undefined,
        null,
        "127.0.0.1",
        {},
        { family: "ipv6", address: "127.0.0.1", port: 1 },
        { family: "ipv4", address: "localhost", port: 1 },
        { family: "ipv4", address: "127.0.0.1", port: -1 },
        { family: "ipv4", address: "127.0.0.1", port: 65_536 },
      ];
      for (const addr of wrong) {
        expect(yield* codeOf(tcpConnect(addr as Ipaddr, -1))).to.equal("EINVAL");
      }
    });

    it("EINVAL: a link-local address without a zone", function* () {
      for (const address of ["fe80::1", "febf::1"]) {
        const error = yield* failureOf(tcpConnect(ipaddrLocal(address, 1), -1));
        expect(error).to.include({ code: "EINVAL", address: `[${address}]:1` });
        expect(error.message).to.contain(`${address}%eth0`);
        expect(yield* codeOf(tcpListen(ipaddrLocal(address, 0), 1))).to.equal("EINVAL");
      }
    });

    it("EHOSTUNREACH, EACCES, ENETUNREACH, EINVAL: what the routes say", async function () {
      if (!hasNamespaces) this.skip();
      const kinds = ["unreachable 10.1.0.0/16", "prohibit 10.2.0.0/16", "blackhole 10.4.0.0/16"];
      const routes = kinds.map((kind) => `ip route add ${kind}`).join("; ");
      const connects = [1, 2, 3, 4].map((net) => `connect 10.${net}.0.1 80`).join(" ");
      const codes = await inNetwork(routes, `tcpAttempt plain ${connects}`);
      expect(codes).to.deep.equal(["EHOSTUNREACH", "EACCES", "ENETUNREACH", "EINVAL"]);
    });

    it("EADDRNOTAVAIL: IPv6 where that is switched off", async function () {
      if (!hasNamespaces) this.skip();
      const off = "sysctl -q -w net.ipv6.conf.all.disable_ipv6=1";
      const codes = await inNetwork(off, "tcpAttempt plain connect ::1 80");
      expect(codes).to.deep.equal(["EADDRNOTAVAIL"]);
    });

    it("EMFILE: no descriptor is left, for tcpListen, tcpFromfd and tcpListenerFromfd, too", async () => {
      const attempts = "connect 127.0.0.1 1 listen 127.0.0.1 0 adopt socket 0 adopt listener 0";
      const command = [...fixtureCommand("tcpAttempt"), "exhausted", ...attempts.split(" ")];
      const peer = startWithFewDescriptors(command);
      const codes: unknown = JSON.parse((await peer.line()) ?? "");
      expect(codes).to.deep.equal(["EMFILE", "EMFILE", "EMFILE", "EMFILE"]);
    });
  });

  describe("leaves nothing behind", () => {
    it("no socket after the end of the run", async () => {
      const before = descriptors();
      let s: TcpSocket | undefined;
      await run(
        (function* () {
          const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
          s = yield* tcpConnect(tcpLocal(ls), -1);
        })(),
      );
      expect(descriptors()).to.equal(before);
      expect(() => hclose(s as TcpSocket)).to.throw(DillError, "EBADF");
    });
  });
});

/** What Node tells the kernel of a connection, as it calls it. */
interface KernelOptions {
  noDelay: boolean;
  /** In seconds. */
  keepAlive: number | undefined;
}

interface KernelSocket {
  setNoDelay(isOn: boolean): number;
  setKeepAlive(isOn: boolean, seconds: number): number;
}

/** What the kernel is told of a socket that connects. */
function* optionsOf(ls: Parameters<typeof tcpLocal>[0], options: object): Coroutine<KernelOptions> {
  const { connect } = Socket.prototype;
  const told: KernelOptions = { noDelay: false, keepAlive: undefined };
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const socket: unknown = Reflect.apply(connect, this, args);
    const handle = Reflect.get(this, "_handle") as KernelSocket;
    const { setNoDelay, setKeepAlive } = handle;
    handle.setNoDelay = (isOn) => {
      told.noDelay = isOn;
      return setNoDelay.call(handle, isOn);
    };
    handle.setKeepAlive = (isOn, seconds) => {
      told.keepAlive = seconds;
      return setKeepAlive.call(handle, isOn, seconds);
    };
    return socket as Socket;
  };
  try {
    yield* tcpConnect(tcpLocal(ls), -1, options);
  } finally {
    Socket.prototype.connect = connect;
  }
  return told;
}

const echoOnce = `
import socket, sys
l = socket.create_server(("127.0.0.1", 0))
print(l.getsockname()[1], flush=True)
c, _ = l.accept()
c.sendall(c.recv(100))
c.close()
sys.stdin.read()
`;
