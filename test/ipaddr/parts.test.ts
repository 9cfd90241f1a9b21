import { expect } from "chai";
import { networkInterfaces } from "node:os";
import {
  type Ipaddr,
  IPADDR_IPV4,
  IPADDR_IPV6,
  IPADDR_PREF_IPV4,
  IPADDR_PREF_IPV6,
  ipaddrEqual,
  ipaddrFamily,
  ipaddrLen,
  ipaddrLocal,
  type IpaddrMode,
  ipaddrPort,
  ipaddrSetport,
  ipaddrSockaddr,
  ipaddrStr,
} from "libdill-ts";
import { codeOfCall, thrownBy } from "../support/failure.js";

describe("an address", () => {
  it("tells its text, its family, its length and its port", () => {
    const four = ipaddrLocal("127.0.0.1", 5555);
    expect([ipaddrStr(four), ipaddrFamily(four), ipaddrLen(four), ipaddrPort(four)]).to.deep.equal([
      "127.0.0.1",
      "ipv4",
      16,
      5555,
    ]);
    const six = ipaddrLocal("0:0:0:0:0:0:0:1", 0);
    expect([ipaddrStr(six), ipaddrFamily(six), ipaddrLen(six), ipaddrPort(six)]).to.deep.equal([
      "::1",
      "ipv6",
      28,
      0,
    ]);
  });

  it("can't be changed: another port makes another address", () => {
    const addr = ipaddrLocal("127.0.0.1", 1);
    expect(Object.isFrozen(addr)).to.equal(true);
    expect(ipaddrSetport(addr, 2)).to.deep.equal({ family: "ipv4", address: "127.0.0.1", port: 2 });
    expect(addr.port).to.equal(1);
  });

  it("keeps its zone", () => {
    const addr = ipaddrLocal("FE80::0:1%eth0.5-x", 1);
    expect(ipaddrStr(addr)).to.equal("fe80::1%eth0.5-x");
    expect(ipaddrStr(ipaddrSetport(addr, 2))).to.equal("fe80::1%eth0.5-x");
  });

  it("equals another one with the same bytes and port", () => {
    const a = ipaddrLocal("::1", 1);
    expect(ipaddrEqual(a, ipaddrLocal("0::0:1", 1))).to.equal(true);
    expect(ipaddrEqual(a, ipaddrLocal("::1", 2))).to.equal(false);
    expect(ipaddrEqual(a, ipaddrLocal("::1", 2), true)).to.equal(true);
    expect(ipaddrEqual(a, ipaddrLocal("::2", 1))).to.equal(false);
    expect(ipaddrEqual(ipaddrLocal("fe80::1%a", 1), ipaddrLocal("fe80::1%b", 1))).to.equal(true);
    expect(ipaddrEqual(ipaddrLocal("1.2.3.4", 1), ipaddrLocal("::ffff:1.2.3.4", 1))).to.equal(
      false,
    );
  });

  it("has the bytes that the system's calls take", () => {
    const four = ipaddrSockaddr(ipaddrLocal("1.2.3.4", 258));
    expect(four.toString("hex", 2)).to.equal("0102010203040000000000000000");
    const six = ipaddrSockaddr(ipaddrLocal("fe80::1%7", 1));
    expect(six.readUInt16LE(0) === 10 || six.readUInt16BE(0) === 10).to.equal(true);
    expect(six.readUInt32LE(24) === 7 || six.readUInt32BE(24) === 7).to.equal(true);
  });

  it("has its interface's number for a zone; ENODEV if there is no such interface", () => {
    expect(codeOfCall(() => ipaddrSockaddr(ipaddrLocal("fe80::1%nowhere", 1)))).to.equal("ENODEV");
    for (const [name, entries = []] of Object.entries(networkInterfaces())) {
      for (const entry of entries) {
        if (entry.family !== "IPv6" || entry.scopeid === 0) continue;
        const addr = ipaddrLocal(`fe80::1%${name}`, 1);
        expect(ipaddrSockaddr(addr).includes(entry.scopeid, 24)).to.equal(true);
      }
    }
  });

  it("EINVAL: it is none, in each function that takes one", () => {
    const hostile = new Proxy({} as Ipaddr, {
      get() {
        throw new Error("no look");
      },
    });
    const wrong = [undefined, null, "::1", 5, {}, { address: "::1" }, hostile] as Ipaddr[];
    const good = ipaddrLocal("::1", 1);
    for (const addr of wrong) {
      for (const [name, call] of Object.entries({
        ipaddr_str: () => ipaddrStr(addr),
        ipaddr_family: () => ipaddrFamily(addr),
        ipaddr_len: () => ipaddrLen(addr),
        ipaddr_port: () => ipaddrPort(addr),
        ipaddr_setport: () => ipaddrSetport(addr, 1),
        ipaddr_equal: () => ipaddrEqual(good, addr),
        ipaddr_sockaddr: () => ipaddrSockaddr(addr),
      })) {
        expect(thrownBy(call)).to.include({ code: "EINVAL", syscall: name });
      }
    }
    for (const port of [-1, 65_536, 1.5, NaN, "1", undefined]) {
      expect(codeOfCall(() => ipaddrSetport(good, port as number))).to.equal("EINVAL");
    }
  });
});

describe("ipaddrLocal", () => {
  it("takes an address as text", () => {
    const addr = ipaddrLocal("10.0.0.1", 80);
    expect(addr).to.deep.equal({ family: "ipv4", address: "10.0.0.1", port: 80 });
    expect(ipaddrLocal("::1", 65_535, IPADDR_IPV6)).to.include({ family: "ipv6", port: 65_535 });
  });

  it("stands for all addresses without a name", () => {
    const texts: [IpaddrMode, string][] = [
      [0, "0.0.0.0"],
      [IPADDR_IPV4, "0.0.0.0"],
      [IPADDR_IPV6, "::"],
      [IPADDR_PREF_IPV4, "0.0.0.0"],
      [IPADDR_PREF_IPV6, "::"],
    ];
    for (const [mode, text] of texts) expect(ipaddrStr(ipaddrLocal(null, 1, mode))).to.equal(text);
  });

  it("takes the first address of an interface", () => {
    for (const [name, entries = []] of Object.entries(networkInterfaces())) {
      for (const [mode, family] of [
        [IPADDR_IPV4, "IPv4"],
        [IPADDR_IPV6, "IPv6"],
      ] as const) {
        const first = entries.find((entry) => entry.family === family);
        if (first === undefined) {
          expect(codeOfCall(() => ipaddrLocal(name, 1, mode))).to.equal("ENODEV");
        } else expect(ipaddrStr(ipaddrLocal(name, 1, mode)).split("%")[0]).to.equal(first.address);
      }
    }
  });

  it("ENODEV: no interface has the name, or the address is of the other family", () => {
    expect(thrownBy(() => ipaddrLocal("nowhere0", 1))).to.include({
      code: "ENODEV",
      syscall: "ipaddr_local",
      address: "nowhere0",
    });
    expect(thrownBy(() => ipaddrLocal("localhost", 1))).to.have.property(
      "message",
      "ENODEV: no interface has this name; names of hosts are for ipaddrRemote, ipaddr_local 'localhost'",
    );
    for (const name of ["127.1", "0127.0.0.1", "localhost", "::1%", "[::1]", "1.2.3.4%lo", ""]) {
      expect(
        codeOfCall(() => ipaddrLocal(name, 1)),
        name,
      ).to.equal("ENODEV");
    }
    expect(codeOfCall(() => ipaddrLocal("127.0.0.1", 1, IPADDR_IPV6))).to.equal("ENODEV");
    expect(codeOfCall(() => ipaddrLocal("::1", 1, IPADDR_IPV4))).to.equal("ENODEV");
  });

  it("EINVAL: the name, the port or the mode is none", () => {
    for (const port of [-1, 65_536, 1.5, NaN, "80", undefined, null]) {
      expect(codeOfCall(() => ipaddrLocal("127.0.0.1", port as number))).to.equal("EINVAL");
    }
    for (const name of [undefined, 5, {}]) {
      expect(codeOfCall(() => ipaddrLocal(name as unknown as string, 1))).to.equal("EINVAL");
    }
    for (const mode of [5, -1, 1.5, NaN, "1", null]) {
      expect(codeOfCall(() => ipaddrLocal(null, 1, mode as IpaddrMode))).to.equal("EINVAL");
    }
  });
});
