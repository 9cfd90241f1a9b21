import { expect } from "chai";
import {
  type Handle,
  hclose,
  ipaddrLocal,
  ipaddrPort,
  ipaddrStr,
  isErrno,
  msleep,
  now,
  type Operation,
  run,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpLocal,
  tcpPeer,
  udpLocal,
  udpOpen,
} from "libdill-ts";
import { simulate } from "libdill-ts/testing";
import { it } from "../support/it.js";

function* codeOf(operation: Operation<Handle>) {
  try {
    hclose(yield* operation);
    return "none";
  } catch (error) {
    if (isErrno(error)) return error.code;
    throw error;
  }
}

describe("the simulated ports", () => {
  it("are given out again, and each is one that can be written", async function () {
    this.timeout(60_000);
    await simulate(
      function* () {
        const at = ipaddrLocal("127.0.0.1", 80);
        const listener = yield* tcpListen(at, 5);
        const kept = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), null);
        for (let i = 0; i < 26_000; i++) {
          const client = yield* tcpConnect(at, -1);
          const server = yield* tcpAccept(listener, -1);
          expect(ipaddrStr(tcpPeer(server))).to.equal("127.0.0.1");
          expect(ipaddrPort(tcpPeer(server))).to.be.above(40_000);
          hclose(client);
          hclose(server);
        }
        hclose(kept);
        hclose(listener);
      },
      { cost: 0.001 },
    );
  });

  it("are free ones, if any will do", async () => {
    await simulate(function* () {
      const tcp = [];
      const udp = [];
      for (const port of [40_001, 40_003, 0, 0, 0]) {
        tcp.push(yield* tcpListen(ipaddrLocal("127.0.0.1", port), 5));
        udp.push(yield* udpOpen(ipaddrLocal("127.0.0.1", port), null));
      }
      const client = yield* tcpConnect(ipaddrLocal("127.0.0.1", 40_001), now() + 1000);
      const ports = [...tcp, client].map((h) => ipaddrPort(tcpLocal(h)));
      expect(new Set(ports).size).to.equal(ports.length);
      expect(new Set(udp.map((h) => ipaddrPort(udpLocal(h)))).size).to.equal(udp.length);
      for (const h of [client, ...tcp, ...udp]) hclose(h);
      yield* msleep(now() + 1);
    });
  });

  const pairs = [
    ["127.0.0.1", "127.0.0.1", "EADDRINUSE"],
    ["127.0.0.1", "0.0.0.0", "EADDRINUSE"],
    ["0.0.0.0", "127.0.0.1", "EADDRINUSE"],
    ["::", "0.0.0.0", "EADDRINUSE"],
    ["::", "127.0.0.1", "EADDRINUSE"],
    ["::1", "127.0.0.1", "none"],
  ] as const;
  for (const [one, other, expected] of pairs) {
    it(`can be had by ${one} and ${other} at once where Linux lets them: ${expected}`, async () => {
      function* program(port: number) {
        const listener = yield* tcpListen(ipaddrLocal(one, port), 5);
        const tcpPort = ipaddrPort(tcpLocal(listener));
        const socket = yield* udpOpen(ipaddrLocal(one, port), null);
        const udpPort = ipaddrPort(udpLocal(socket));
        const codes = [
          yield* codeOf(tcpListen(ipaddrLocal(other, tcpPort), 5)),
          yield* codeOf(udpOpen(ipaddrLocal(other, udpPort), null)),
        ];
        hclose(socket);
        hclose(listener);
        return codes;
      }
      expect(await run(program(0))).to.deep.equal([expected, expected], "the real kernel");
      expect(await simulate(() => program(0))).to.deep.equal([expected, expected]);
    });
  }
});
