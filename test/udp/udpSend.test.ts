import { Socket } from "node:dgram";
import { expect } from "chai";
import fc from "fast-check";
import {
  bundle,
  bundleGo,
  type Coroutine,
  go,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  ipcPair,
  msend,
  msendl,
  mrecv,
  prefixAttach,
  run,
  udpDropped,
  udpLocal,
  udpOpen,
  udpRecv,
  udpSend,
  udpSendl,
  type UdpSocket,
  yieldNow,
} from "libdill-ts";
import { codeOf, codeOfCall, thrownBy } from "../support/failure.js";
import { itBoth as it, it as itOnNode } from "../support/it.js";
import { hasNamespaces, inNetwork } from "../support/network.js";
import { startPeer } from "../support/peers.js";
import { startPython, stopProcesses } from "../support/process.js";
import { anyPort, udpPair } from "../support/udpPair.js";
import { until } from "../support/until.js";

const hello = Buffer.from("hello");

describe("udpSend", () => {
  afterEach(stopProcesses);

  it("sends to the address, or to the default remote one", function* () {
    const [a, b] = yield* udpPair();
    const c = yield* udpOpen(anyPort(), null);
    udpSend(b, null, hello);
    udpSend(b, udpLocal(c), Buffer.from("other"));
    expect(String((yield* udpRecv(a, -1)).data)).to.equal("hello");
    expect(String((yield* udpRecv(c, -1)).data)).to.equal("other");
  });

  it("sends an empty datagram, and one as long as the protocol can say", function* () {
    const [a, b] = yield* udpPair();
    for (const length of [0, 1, 65_507]) {
      udpSend(b, null, Buffer.alloc(length, 7));
      expect((yield* udpRecv(a, -1)).data).to.deep.equal(Buffer.alloc(length, 7));
    }
  });

  it("joins the buffers of a list", function* () {
    const [a, b] = yield* udpPair();
    udpSendl(b, null, [Buffer.from("one "), new Uint8Array(0), Buffer.from("two")]);
    udpSendl(b, null, []);
    expect(String((yield* udpRecv(a, -1)).data)).to.equal("one two");
    expect((yield* udpRecv(a, -1)).data.length).to.equal(0);
  });

  it("has copied the bytes when it returns", function* () {
    const [a, b] = yield* udpPair();
    const bytes = Buffer.from("before");
    udpSend(b, null, bytes);
    bytes.fill(0);
    expect(String((yield* udpRecv(a, -1)).data)).to.equal("before");
  });

  it("works while another coroutine receives on the socket", function* () {
    const [a, b] = yield* udpPair();
    const receiver = go(
      (function* () {
        yield* udpRecv(b, -1);
      })(),
    );
    udpSend(b, null, hello);
    expect(String((yield* udpRecv(a, -1)).data)).to.equal("hello");
    hclose(receiver);
  });

  it("works in a coroutine that is being canceled", function* () {
    const [a, b] = yield* udpPair();
    const member = go(
      (function* (): Coroutine {
        try {
          yield* udpRecv(b, -1);
        } finally {
          udpSend(b, null, Buffer.from("bye"));
        }
      })(),
    );
    hclose(member);
    expect(String((yield* udpRecv(a, -1)).data)).to.equal("bye");
  });

  itOnNode("reaches programs that know nothing of us, which answer", function* () {
    const peer = startPython(echo);
    const at = ipaddrLocal("127.0.0.1", Number(yield* until(peer.line())));
    const s = yield* udpOpen(anyPort(), at);
    for (const text of ["question", "", "x".repeat(60_000)]) {
      yield* msend(s, Buffer.from(text), -1);
      expect(String(yield* mrecv(s, -1))).to.equal(text);
    }
  });

  itOnNode("talks to socat, both ways", function* () {
    const s = yield* udpOpen(anyPort(), null);
    const socat = startPeer("socat", ["-", `UDP4:127.0.0.1:${udpLocal(s).port}`]);
    socat.say("from socat");
    const { data, addr } = yield* udpRecv(s, -1);
    expect(String(data)).to.equal("from socat\n");
    udpSend(s, addr, Buffer.from("to socat\n"));
    expect(yield* until(socat.line())).to.equal("to socat");
  });

  it("of any bytes gives the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
        async (list) => {
          await run(
            (function* () {
              const [a, b] = yield* udpPair();
              udpSendl(b, null, list);
              expect((yield* udpRecv(a, -1)).data).to.deep.equal(Buffer.concat(list));
            })(),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  itOnNode("drops and counts what is sent while Node still holds a datagram back", function* () {
    const [a, b] = yield* udpPair();
    expect(udpDropped(b)).to.deep.equal({ incoming: 0, outgoing: 0 });
    const { getSendQueueCount } = Socket.prototype;
    Socket.prototype.getSendQueueCount = () => 1;
    try {
      for (const text of ["one", "two"]) udpSend(b, null, Buffer.from(text));
    } finally {
      Socket.prototype.getSendQueueCount = getSendQueueCount;
    }
    expect(udpDropped(b)).to.deep.equal({ incoming: 0, outgoing: 2 });
    udpSend(b, null, hello);
    expect(String((yield* udpRecv(a, -1)).data)).to.equal("hello");
  });

  describe("as msend", () => {
    itOnNode("sends to the default remote address", function* () {
      const [a, b] = yield* udpPair();
      yield* msend(b, hello, 0);
      yield* msendl(b, [hello, hello], -1);
      expect(String(yield* mrecv(a, -1))).to.equal("hello");
      expect(String(yield* mrecv(a, -1))).to.equal("hellohello");
    });

    it("is EINVAL without one, or with a deadline that is none", function* () {
      const [a, b] = yield* udpPair();
      expect(yield* codeOf(msend(a, hello, -1))).to.equal("EINVAL");
      expect(yield* codeOf(msend(b, hello, NaN))).to.equal("EINVAL");
    });
  });

  describe("errors", () => {
    it("EMSGSIZE: longer than the protocol can say", function* () {
      const [, b] = yield* udpPair();
      const at = udpLocal(b);
      for (const send of [
        () => udpSend(b, at, Buffer.alloc(65_508)),
        () => udpSendl(b, at, [Buffer.alloc(65_000), Buffer.alloc(508)]),
      ]) {
        expect(codeOfCall(send)).to.equal("EMSGSIZE");
      }
      expect(yield* codeOf(msend(b, Buffer.alloc(65_508), -1))).to.equal("EMSGSIZE");
      const error = thrownBy(() => udpSend(b, null, Buffer.alloc(65_508)));
      expect(error).to.include({ syscall: "udp_send" });
      expect(error).to.have.property("address");
    });

    it("EHOSTUNREACH, EACCES, ENETUNREACH: what the routes say", async function () {
      if (!hasNamespaces) this.skip();
      const routes = "ip route add unreachable 10.1.0.0/16; ip route add prohibit 10.2.0.0/16";
      const sends = "send 10.1.0.1 80 send 10.2.0.1 80 send 10.3.0.1 80";
      const codes = await inNetwork(routes, `udpAttempt plain ${sends}`);
      expect(codes).to.deep.equal(["EHOSTUNREACH", "EACCES", "ENETUNREACH"]);
    });

    it("EINVAL: no address, one of the other family, port 0, or none at all", function* () {
      const [a] = yield* udpPair();
      const wrong = [undefined, "127.0.0.1", {}, ipaddrLocal("::1", 9), anyPort(), null];
      for (const addr of wrong) {
        expect(codeOfCall(() => udpSend(a, addr as Ipaddr, hello))).to.equal("EINVAL");
        expect(codeOfCall(() => udpSendl(a, addr as Ipaddr, [hello]))).to.equal("EINVAL");
      }
    });

    it("EINVAL: no bytes", function* () {
      const [, b] = yield* udpPair();
      for (const bytes of ["text", null, [1], { length: 1 }]) {
        expect(codeOfCall(() => udpSend(b, null, bytes as unknown as Buffer))).to.equal("EINVAL");
        const list = [bytes] as unknown as Buffer[];
        expect(codeOfCall(() => udpSendl(b, null, list))).to.equal("EINVAL");
      }
      expect(codeOfCall(() => udpSendl(b, null, hello as unknown as Buffer[]))).to.equal("EINVAL");
    });

    it("EBADF and ENOTSUP: no open handle, none of udp", function* () {
      const [, b] = yield* udpPair();
      hclose(b);
      const [raw] = yield* ipcPair();
      const other = prefixAttach(raw, 1) as unknown as UdpSocket;
      const empty = bundle() as unknown as UdpSocket;
      for (const [s, code] of [
        [b, "EBADF"],
        [other, "ENOTSUP"],
        [empty, "ENOTSUP"],
      ] as const) {
        expect(codeOfCall(() => udpSend(s, null, hello))).to.equal(code);
        expect(codeOfCall(() => udpSendl(s, null, [hello]))).to.equal(code);
        expect(codeOfCall(() => udpLocal(s))).to.equal(code);
        expect(codeOfCall(() => udpDropped(s))).to.equal(code);
      }
      hclose(empty);
    });
  });

  it("of many coroutines loses nothing that the queue has room for", function* () {
    const [a, b] = yield* udpPair();
    const senders = bundle();
    for (let i = 0; i < 100; i++) {
      bundleGo(
        senders,
        (function* () {
          yield* yieldNow();
          udpSend(b, null, Buffer.from([i]));
        })(),
      );
    }
    const seen = new Set<number>();
    for (let i = 0; i < 100; i++) seen.add((yield* udpRecv(a, -1)).data[0] ?? -1);
    expect(seen.size).to.equal(100);
    hclose(senders);
  });
});

const echo = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
while True:
    data, addr = s.recvfrom(65536)
    s.sendto(data, addr)
`;
