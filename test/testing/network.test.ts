import { expect } from "chai";
import { it as plain } from "mocha";
import {
  bsend,
  brecv,
  brecvSome,
  bundle,
  bundleGo,
  go,
  happyeyeballsConnect,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  ipaddrPort,
  ipaddrRemote,
  ipaddrStr,
  ipcAccept,
  ipcConnect,
  ipcDone,
  ipcListen,
  ipcPair,
  msleep,
  now,
  tcpAccept,
  tcpConnect,
  tcpDone,
  tcpListen,
  tcpLocal,
  tcpPeer,
  udpLocal,
  udpOpen,
  udpRecv,
  udpSend,
} from "libdill-ts";
import { type Body, simulate, type SimulationOptions } from "libdill-ts/testing";
import { fileno, ipcKeepfds, ipcRecvfd, ipcSendfd } from "libdill-ts/native";
import { codeOfCall, codeOrNone, rejectionOf } from "../support/failure.js";

const path = "/run/app.ipc";

function it(title: string, body: Body<unknown>, options?: SimulationOptions): void {
  plain(title, async () => {
    await simulate(body, options);
  });
}

function textOf(addr: Ipaddr): string {
  return `${ipaddrStr(addr)}:${ipaddrPort(addr)}`;
}

describe("the simulated network", () => {
  describe("of local sockets", () => {
    it("carries bytes both ways, in order", function* () {
      const ls = yield* ipcListen(path, 10);
      const echo = go(
        (function* () {
          const s = yield* ipcAccept(ls, -1);
          for (;;) yield* bsend(s, yield* brecvSome(s, 100, -1), -1);
        })(),
      );
      const s = yield* ipcConnect(path, -1);
      yield* bsend(s, Buffer.from("one"), -1);
      yield* bsend(s, Buffer.from("two"), -1);
      const got = Buffer.alloc(6);
      yield* brecv(s, got, -1);
      expect(got.toString()).to.equal("onetwo");
      hclose(echo);
    });

    it("is ENOENT where nobody has listened, and ECONNREFUSED where somebody has been killed", function* (sim) {
      expect(yield* codeOrNone(ipcConnect(path, -1))).to.equal("ENOENT");
      const ls = yield* ipcListen(path, 10);
      sim.net.kill(path);
      expect(yield* codeOrNone(ipcConnect(path, -1))).to.equal("ECONNREFUSED");
      expect(yield* codeOrNone(ipcAccept(ls, -1))).to.equal("ECONNRESET");
    });

    it("is EADDRINUSE where a file is, until it may be replaced", function* (sim) {
      const ls = yield* ipcListen(path, 10);
      expect(yield* codeOrNone(ipcListen(path, 10))).to.equal("EADDRINUSE");
      sim.net.kill(path);
      expect(yield* codeOrNone(ipcListen(path, 10))).to.equal("EADDRINUSE");
      yield* ipcListen(path, 10, { unlinkStale: true });
      hclose(ls);
      expect(yield* codeOrNone(ipcConnect(path, -1))).to.equal("none");
    });

    it("knows one path by all its names", function* () {
      yield* ipcListen("/run/x/../app.ipc", 10);
      expect(yield* codeOrNone(ipcConnect("/run/./app.ipc", -1))).to.equal("none");
    });

    it("lets connects wait while the backlog is full", function* (sim) {
      const ls = yield* ipcListen(path, 0);
      const clients = bundle();
      let connected = 0;
      for (let i = 0; i < 4; i++) {
        bundleGo(
          clients,
          (function* () {
            yield* ipcConnect(path, -1);
            connected += 1;
          })(),
        );
      }
      for (let i = 0; i < 4; i++) yield* ipcAccept(ls, -1);
      yield* msleep(now() + 100);
      expect(connected).to.equal(4);
      expect(sim.elapsed).to.be.above(100);
    });

    it("ends half a connection, and the other half goes on", function* () {
      const [s, t] = yield* ipcPair();
      yield* bsend(s, Buffer.from("x"), -1);
      yield* ipcDone(s, -1);
      yield* brecv(t, 1, -1);
      expect(yield* codeOrNone(brecv(t, 1, -1))).to.equal("EPIPE");
      yield* bsend(t, Buffer.from("y"), -1);
      yield* brecv(s, 1, -1);
    });

    it("delivers what was sent before the sender closed", function* () {
      const [s, t] = yield* ipcPair();
      yield* bsend(s, Buffer.from("last"), -1);
      hclose(s);
      const got = Buffer.alloc(4);
      yield* brecv(t, got, -1);
      expect(got.toString()).to.equal("last");
      expect(yield* codeOrNone(brecv(t, 1, -1))).to.equal("EPIPE");
      expect(yield* codeOrNone(bsend(t, Buffer.from("?"), -1))).to.equal("ECONNRESET");
    });

    it("is ECONNRESET behind bytes that the peer has not read", function* () {
      const [s, t] = yield* ipcPair();
      yield* bsend(t, Buffer.from("unread"), -1);
      yield* msleep(now() + 1);
      hclose(s);
      expect(yield* codeOrNone(brecv(t, 1, -1))).to.equal("ECONNRESET");
    });

    it("holds a sender up whom nobody reads, and lets it go on when somebody does", function* () {
      const [s, t] = yield* ipcPair();
      const large = Buffer.alloc(1_000_000, 7);
      expect(yield* codeOrNone(bsend(s, large, now() + 50))).to.equal("ETIMEDOUT");
      const [u, v] = yield* ipcPair();
      const sender = go(
        (function* () {
          yield* bsend(u, large, -1);
          hclose(u);
        })(),
      );
      const got = Buffer.alloc(large.length);
      yield* brecv(v, got, -1);
      expect(got.equals(large)).to.equal(true);
      hclose(sender);
      hclose(t);
    });

    it("does not see what the sender writes into its buffer afterwards", function* () {
      const [s, t] = yield* ipcPair();
      const bytes = Buffer.from("before");
      yield* bsend(s, bytes, -1);
      bytes.fill("x");
      const got = Buffer.alloc(6);
      yield* brecv(t, got, -1);
      expect(got.toString()).to.equal("before");
    });
  });

  describe("of TCP", () => {
    it("connects by address and port, and both ends know them", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
      const there = tcpLocal(ls);
      const client = yield* tcpConnect(there, -1);
      const server = yield* tcpAccept(ls, -1);
      expect(textOf(tcpPeer(client))).to.equal(textOf(there));
      expect(textOf(tcpPeer(server))).to.equal(textOf(tcpLocal(client)));
    });

    it("is ECONNREFUSED where nobody listens", function* () {
      const there = ipaddrLocal("127.0.0.1", 9);
      expect(yield* codeOrNone(tcpConnect(there, -1))).to.equal("ECONNREFUSED");
    });

    it("takes IPv4 on an address for all of IPv6", function* () {
      yield* tcpListen(ipaddrLocal("::", 80), 10);
      expect(yield* codeOrNone(tcpConnect(ipaddrLocal("127.0.0.1", 80), -1))).to.equal("none");
    });

    it("ends with a reset where a stream is torn", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 80), 10);
      const s = yield* tcpConnect(tcpLocal(ls), -1);
      const t = yield* tcpAccept(ls, -1);
      expect(yield* codeOrNone(bsend(s, Buffer.alloc(1_000_000), now() + 5))).to.equal("ETIMEDOUT");
      hclose(s);
      expect(yield* codeOrNone(brecv(t, 1_000_000, -1))).to.equal("ECONNRESET");
    });

    it("ends cleanly where the end was said", function* () {
      const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 80), 10);
      const s = yield* tcpConnect(tcpLocal(ls), -1);
      const t = yield* tcpAccept(ls, -1);
      yield* bsend(s, Buffer.from("bye"), -1);
      yield* tcpDone(s, -1);
      hclose(s);
      yield* brecv(t, 3, -1);
      expect(yield* codeOrNone(brecv(t, 1, -1))).to.equal("EPIPE");
    });

    it(
      "lets happy eyeballs race over names that the simulation was told",
      function* (sim) {
        const ls = yield* tcpListen(ipaddrLocal("10.0.0.2", 80), 10);
        const s = yield* happyeyeballsConnect("db.internal", 80, -1);
        expect(textOf(tcpPeer(s))).to.equal("10.0.0.2:80");
        expect(sim.elapsed).to.be.below(1000);
        hclose(ls);
      },
      { names: { "db.internal": ["10.0.0.1", "10.0.0.2"] } },
    );

    it("knows no name that it was not told", function* () {
      const operation = ipaddrRemote("nowhere.internal", 80, 0, -1);
      expect(yield* codeOrNone(operation)).to.equal("EADDRNOTAVAIL");
    });
  });

  describe("of UDP", () => {
    it("carries datagrams, and knows where they came from", function* () {
      const a = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), null);
      const b = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), null);
      udpSend(a, udpLocal(b), Buffer.from("hello"));
      const { data, addr } = yield* udpRecv(b, -1);
      expect([data.toString(), textOf(addr)]).to.deep.equal(["hello", textOf(udpLocal(a))]);
    });

    it(
      "loses and doubles them if it is told to",
      function* () {
        const a = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), null);
        const b = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), null);
        for (const text of ["lost", "doubled", "plain"]) udpSend(a, udpLocal(b), Buffer.from(text));
        const got: string[] = [];
        for (let i = 0; i < 3; i++) got.push((yield* udpRecv(b, -1)).data.toString());
        expect(got).to.deep.equal(["doubled", "doubled", "plain"]);
        expect(yield* codeOrNone(udpRecv(b, now() + 1000))).to.equal("ETIMEDOUT");
      },
      { network: ({ earlier }) => ({ lose: earlier === 0, duplicate: earlier === 1 }) },
    );
  });

  it("has no descriptors of the system's", function* () {
    const [s] = yield* ipcPair();
    expect(codeOfCall(() => fileno(s))).to.equal("ENOTSUP");
    expect(codeOfCall(() => ipcKeepfds(s))).to.equal("ENOTSUP");
    expect(yield* codeOrNone(ipcSendfd(s, 1, -1))).to.equal("ENOTSUP");
    expect(yield* codeOrNone(ipcRecvfd(s, -1))).to.equal("ENOTSUP");
  });

  describe("with faults", () => {
    const slow: SimulationOptions = { network: () => ({ latency: 30, rate: 10 }) };

    it(
      "takes its time",
      function* (sim) {
        const [s, t] = yield* ipcPair();
        yield* bsend(s, Buffer.alloc(100), -1);
        expect(sim.elapsed).to.equal(0);
        yield* brecv(t, 100, -1);
        expect(sim.elapsed).to.equal(40);
      },
      slow,
    );

    it(
      "breaks after so many bytes, on both sides",
      function* () {
        const [s, t] = yield* ipcPair();
        yield* bsend(s, Buffer.from("abcdef"), -1);
        const got = Buffer.alloc(4);
        yield* brecv(t, got, -1);
        expect(got.toString()).to.equal("abcd");
        expect(yield* codeOrNone(brecv(t, 1, -1))).to.equal("ECONNRESET");
        expect(yield* codeOrNone(brecv(s, 1, -1))).to.equal("ECONNRESET");
      },
      { network: () => ({ resetAfter: 4 }) },
    );

    it(
      "refuses the connects that it is told to refuse",
      function* () {
        yield* ipcListen(path, 10);
        expect(yield* codeOrNone(ipcConnect(path, -1))).to.equal("ECONNREFUSED");
        expect(yield* codeOrNone(ipcConnect(path, -1))).to.equal("none");
      },
      { network: ({ earlier }) => (earlier === 0 ? { refuse: "ECONNREFUSED" } : {}) },
    );

    it(
      "splits what was sent in one piece",
      function* () {
        const [s, t] = yield* ipcPair();
        yield* bsend(s, Buffer.from("abcdefgh"), -1);
        const parts: number[] = [];
        while (parts.reduce((a, b) => a + b, 0) < 8) {
          parts.push((yield* brecvSome(t, 8, -1)).length);
          yield* msleep(now() + 1);
        }
        expect(parts.length).to.be.above(1);
      },
      { network: () => ({ split: true }), seed: 3 },
    );

    it("is EMFILE when no descriptor is left, and goes on when one is", function* (sim) {
      const ls = yield* ipcListen(path, 10);
      sim.net.descriptors = 1;
      expect(yield* codeOrNone(ipcConnect(path, -1))).to.equal("EMFILE");
      expect(yield* codeOrNone(ipcPair())).to.equal("EMFILE");
      expect(yield* codeOrNone(ipcAccept(ls, -1))).to.equal("EMFILE");
      sim.net.descriptors = 10;
      expect(yield* codeOrNone(ipcConnect(path, -1))).to.equal("none");
    });

    it("lets nothing through that is cut off, and everything once that is mended", function* (sim) {
      const ls = yield* ipcListen(path, 10);
      const s = yield* ipcConnect(path, -1);
      const t = yield* ipcAccept(ls, -1);
      sim.net.cut(path);
      yield* bsend(s, Buffer.from("a"), -1);
      expect(yield* codeOrNone(brecv(t, 1, now() + 60_000))).to.equal("ETIMEDOUT");
      sim.net.mend(path);
      yield* bsend(s, Buffer.from("b"), -1);
      const got = Buffer.alloc(2);
      yield* brecv(t, got, -1);
      expect(got.toString()).to.equal("ab");
    });

    it("kills a server with its connections, as a kernel shows that to the clients", function* (sim) {
      const ls = yield* ipcListen(path, 10);
      const s = yield* ipcConnect(path, -1);
      const t = yield* ipcAccept(ls, -1);
      sim.net.kill(path);
      expect(yield* codeOrNone(brecv(s, 1, -1))).to.equal("EPIPE");
      expect(yield* codeOrNone(brecv(t, 1, -1))).to.equal("ECONNRESET");
    });
  });

  plain("counts a socket that nobody will ever send to as a deadlock", async () => {
    const error = await rejectionOf(
      simulate(function* () {
        const [s] = yield* ipcPair();
        yield* brecv(s, 1, -1);
      }),
    );
    expect(error).to.have.property("code", "EDEADLK");
    expect(String(error)).to.match(/brecv/);
  });
});
