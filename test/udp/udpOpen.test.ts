import dns from "node:dns";
import { expect } from "chai";
import { run as runEffection, spawn } from "effection";
import {
  type Coroutine,
  go,
  hclose,
  type Ipaddr,
  IPADDR_IPV6,
  ipaddrLocal,
  msleep,
  now,
  run,
  udpLocal,
  udpOpen,
  udpRecv,
  udpSend,
} from "libdill-ts";
import { descriptors } from "../support/descriptors.js";
import { codeOf, failureOf } from "../support/failure.js";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { itBoth as it, it as itOnNode } from "../support/it.js";
import { hasNamespaces, inNetwork } from "../support/network.js";
import { fixtureCommand, startFixture, stopProcesses } from "../support/process.js";
import { anyPort } from "../support/udpPair.js";

describe("udpOpen", () => {
  afterEach(stopProcesses);

  for (const host of ["127.0.0.1", "::1"]) {
    it(`binds to a port of ${host} that the system chooses`, function* () {
      const a = yield* udpOpen(anyPort(host), null);
      expect(udpLocal(a).address).to.equal(host);
      expect(udpLocal(a).port).to.be.above(0);
      const b = yield* udpOpen(anyPort(host), udpLocal(a));
      udpSend(b, null, Buffer.from("ABC"));
      const { data, addr } = yield* udpRecv(a, -1);
      expect(String(data)).to.equal("ABC");
      expect(addr).to.deep.equal(udpLocal(b));
      udpSend(a, addr, Buffer.from("DEF"));
      expect(yield* udpRecv(b, -1)).to.deep.equal({ data: Buffer.from("DEF"), addr: udpLocal(a) });
    });
  }

  it("without a local address takes any port, of the remote address's family", function* () {
    const families = [
      [null, "0.0.0.0"],
      [ipaddrLocal("127.0.0.1", 1), "0.0.0.0"],
      [ipaddrLocal("::1", 1), "::"],
    ] as const;
    for (const [remote, bound] of families) {
      const s = yield* udpOpen(null, remote);
      expect(udpLocal(s).address).to.equal(bound);
      expect(udpLocal(s).port).to.be.above(0);
    }
  });

  itOnNode("on :: receives IPv4, too, where the system does so by default", function* () {
    const a = yield* udpOpen(ipaddrLocal(null, 0, IPADDR_IPV6), null);
    const b = yield* udpOpen(null, ipaddrLocal("127.0.0.1", udpLocal(a).port));
    udpSend(b, null, Buffer.from("x"));
    const { addr } = yield* udpRecv(a, -1);
    expect(addr.address).to.equal("::ffff:127.0.0.1");
    udpSend(a, addr, Buffer.from("y"));
    expect(String((yield* udpRecv(b, -1)).data)).to.equal("y");
  });

  it("asks nobody for names", function* () {
    const { lookup } = dns;
    const asked: unknown[] = [];
    dns.lookup = ((name: string) => void asked.push(name)) as unknown as typeof lookup;
    try {
      const s = yield* udpOpen(anyPort(), null);
      udpSend(s, udpLocal(s), Buffer.from("x"));
      yield* udpRecv(s, -1);
    } finally {
      dns.lookup = lookup;
    }
    expect(asked).to.deep.equal([]);
  });

  it("does nothing before the yield*, and works anew each time it is run", function* () {
    const before = descriptors();
    const operation = udpOpen(anyPort(), null);
    expect(descriptors()).to.equal(before);
    const [a, b] = [yield* operation, yield* operation];
    expect(udpLocal(a)).not.to.deep.equal(udpLocal(b));
  });

  it("works in an Effection program, where a halt drops the attempt", async () => {
    const before = descriptors();
    await runEffection(function* () {
      const task = yield* spawn(() => udpOpen(anyPort(), null));
      yield* task.halt();
      const s = yield* udpOpen(anyPort(), null);
      hclose(s);
    });
    expect(descriptors()).to.equal(before);
  });

  it("leaves no descriptor when it is closed, canceled, or at the end of the run", async () => {
    const before = descriptors();
    const codes: string[] = [];
    await run(
      (function* (): Coroutine {
        hclose(yield* udpOpen(anyPort(), null));
        expect(descriptors()).to.equal(before);
        hclose(
          go(
            (function* () {
              codes.push(yield* codeOf(udpOpen(anyPort(), null)));
            })(),
          ),
        );
        expect(descriptors()).to.equal(before);
        yield* udpOpen(anyPort(), null);
        yield* msleep(now() + 5);
      })(),
    );
    expect(codes).to.deep.equal(["ECANCELED"]);
    expect(descriptors()).to.equal(before);
  });

  it("keeps no process alive that waits for nothing", async () => {
    expect((await startFixture("udpIdle").ended()).stdout).to.equal("ended\n");
  });

  describe("broadcast", () => {
    it("is EACCES unless the socket was opened for it", async function () {
      if (!hasNamespaces) this.skip();
      const net =
        "ip addr add 10.1.0.1/24 broadcast 10.1.0.255 dev lo; ip route add broadcast 10.1.0.255 dev lo";
      const codes = await inNetwork(
        net,
        "udpAttempt plain send 10.1.0.255 9 broadcast 10.1.0.255 9",
      );
      expect(codes).to.deep.equal(["EACCES", "none"]);
    });
  });

  describe("errors", () => {
    itOnNode("EADDRINUSE: somebody has the port already", function* () {
      const s = yield* udpOpen(anyPort(), null);
      const before = descriptors();
      const { address, port } = udpLocal(s);
      const error = yield* failureOf(udpOpen(udpLocal(s), null));
      expect(error).to.include({
        code: "EADDRINUSE",
        syscall: "udp_open",
        address: `${address}:${port}`,
      });
      expect(error.cause).to.include({ code: "EADDRINUSE", syscall: "bind" });
      expect(descriptors()).to.equal(before);
    });

    it("EADDRNOTAVAIL: the local address is none of this machine", function* () {
      expect(yield* codeOf(udpOpen(ipaddrLocal("192.0.2.1", 0), null))).to.equal("EADDRNOTAVAIL");
    });

    it("EACCES: a port that only a privileged process may have", async function () {
      if (!hasNamespaces) this.skip();
      const codes = await inNetwork(":", "udpAttempt nobody open 127.0.0.1 7");
      expect(codes).to.deep.equal(["EACCES"]);
    });

    it("EMFILE: no descriptor is left", async () => {
      const peer = startWithFewDescriptors([
        ...fixtureCommand("udpAttempt"),
        ..."exhausted open 127.0.0.1 0".split(" "),
      ]);
      expect(JSON.parse((await peer.line()) ?? "")).to.deep.equal(["EMFILE"]);
    });

    it("EINVAL: no address, two families, no remote port, a wrong option", function* () {
      const good = anyPort();
      const wrong: [unknown, unknown, unknown?][] = [
        ["127.0.0.1", null],
        [undefined, null],
        [null, {}],
        [good, ipaddrLocal("::1", 1)],
        [null, anyPort()],
        [ipaddrLocal("fe80::1", 0), null],
        [null, ipaddrLocal("fe80::1", 1)],
        [good, null, { broadcast: 1 }],
        [good, null, { broadcast: null }],
      ];
      for (const [local, remote, options] of wrong) {
        const opening = udpOpen(local as Ipaddr, remote as Ipaddr, options as object);
        expect(yield* codeOf(opening)).to.equal("EINVAL");
      }
    });
  });
});
