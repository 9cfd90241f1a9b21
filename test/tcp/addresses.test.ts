import { spawnSync } from "node:child_process";
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  ipcPair,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpLocal,
  tcpPeer,
  type TcpSocket,
} from "libdill-ts";
import { codeOf, codeOfCall } from "../support/failure.js";
import { startPythonAt, tcp } from "../support/carriers.js";
import { itBoth as it, it as itOnNode } from "../support/it.js";
import { stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

describe("tcpLocal and tcpPeer", () => {
  afterEach(stopProcesses);

  for (const host of ["127.0.0.1", "::1"]) {
    it(`name the two ends of a connection, each from its side, on ${host}`, function* () {
      const ls = yield* tcpListen(ipaddrLocal(host, 0), 10);
      const c = yield* tcpConnect(tcpLocal(ls), -1);
      const s = yield* tcpAccept(ls, -1);
      expect(tcpPeer(c)).to.deep.equal(tcpLocal(ls));
      expect(tcpLocal(s)).to.deep.equal(tcpLocal(ls));
      expect(tcpPeer(s)).to.deep.equal(tcpLocal(c));
      expect(tcpLocal(c)).to.include({ address: host });
      expect(tcpLocal(c).port).to.not.equal(tcpLocal(ls).port);
    });
  }

  itOnNode("give what the peer says of itself", function* () {
    const { ls, where } = yield* tcp.listen();
    const peer = startPythonAt(where, `print(s.getsockname()[1], flush=True); sys.stdin.read()`);
    const s = yield* tcp.accept(ls, -1);
    expect(tcpPeer(s)).to.deep.equal({
      family: "ipv4",
      address: "127.0.0.1",
      port: Number(yield* until(peer.line())),
    });
  });

  it("still know the peer when it has gone", function* () {
    const [a, b] = yield* tcp.pair();
    const addr = tcpLocal(a);
    yield* bsend(b, Buffer.from("unread"), -1);
    hclose(a);
    expect(yield* codeOf(brecv(b, 1, -1))).to.equal("ECONNRESET");
    expect(tcpPeer(b)).to.deep.equal(addr);
  });

  it("give addresses that can't be changed", function* () {
    const [a] = yield* tcp.pair();
    expect(() => {
      (tcpLocal(a) as { port: Ipaddr["port"] }).port = 1;
    }).to.throw(TypeError);
  });

  it("EBADF: the handle is not open", function* () {
    const [a, b] = yield* tcp.pair();
    hclose(a);
    expect(codeOfCall(() => tcpLocal(a))).to.equal("EBADF");
    expect(codeOfCall(() => tcpPeer(a))).to.equal("EBADF");
    hclose(b);
  });

  it("ENOTSUP: the handle is not of tcp, and of a listener there is no peer", function* () {
    const [a] = yield* ipcPair();
    for (const h of [a, bundle()]) {
      expect(codeOfCall(() => tcpLocal(h as unknown as TcpSocket))).to.equal("ENOTSUP");
      expect(codeOfCall(() => tcpPeer(h as unknown as TcpSocket))).to.equal("ENOTSUP");
    }
    const { ls } = yield* tcp.listen();
    expect(codeOfCall(() => tcpPeer(ls as unknown as TcpSocket))).to.equal("ENOTSUP");
  });

  itOnNode(
    "ECONNRESET: the peer had reset its connection before it was taken from the kernel",
    function* () {
      const { ls, where } = yield* tcp.listen();
      // While this process waits for the other one, the connection stays in the kernel.
      expect(spawnSync("python3", ["-c", resetAtOnce, where]).status).to.equal(0);
      const s = yield* tcp.accept(ls, -1);
      expect(codeOfCall(() => tcpPeer(s))).to.equal("ECONNRESET");
    },
  );

  it("ECONNRESET: the listener takes no more connections", function* () {
    const { ls } = yield* tcp.listen();
    yield* tcp.done(ls, -1);
    expect(codeOfCall(() => tcpLocal(ls))).to.equal("ECONNRESET");
  });
});

const resetAtOnce = `
import socket, struct, sys
s = socket.create_connection(sys.argv[1].split())
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.close()
`;
