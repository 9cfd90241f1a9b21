// Texts of addresses against Node's judgement and Python's conversions, which are the system's.
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { spawnSync } from "node:child_process";
import { expect } from "chai";
import fc from "fast-check";
import { ipaddrFamily, ipaddrLocal, ipaddrPort, ipaddrSockaddr, ipaddrStr } from "libdill-ts";
import { codeOfCall } from "../support/failure.js";

const ports = fc.nat(65_535);
const ipv6 = fc.oneof(
  fc.ipV6(),
  // Many zeros, in which the gap has to be found, and groups in both cases.
  fc
    .array(fc.constantFrom("0", "0", "0000", "1", "Ab", "ffff"), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.join(":")),
  fc.ipV4().map((text) => `::ffff:${text}`),
  fc.ipV4().map((text) => `0:0:0:0:0:0:${text}`),
);
const scraps = fc.constantFrom(
  ":",
  "::",
  ".",
  "0",
  "1",
  "01",
  "255",
  "256",
  "f",
  "G",
  "%",
  "none9",
  "12345",
  " ",
);
const interfaces = Object.keys(networkInterfaces());
const anyText = fc
  .oneof(
    fc.string(),
    fc.array(scraps, { maxLength: 16 }).map((parts) => parts.join("")),
  )
  .filter((text) => !interfaces.includes(text));

describe("texts of addresses", () => {
  it("are addresses exactly where Node's net.isIP says so", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, ipv6, fc.ipV4(), fc.ipV4Extended()), (text) => {
        const family = isIP(text);
        if (family === 0) expect(codeOfCall(() => ipaddrLocal(text, 1))).to.equal("ENODEV");
        else expect(ipaddrFamily(ipaddrLocal(text, 1))).to.equal(`ipv${family}`);
      }),
      { numRuns: 2000 },
    );
  });

  it("come back from the bytes, and from the one text of an address that very text", () => {
    fc.assert(
      fc.property(fc.oneof(ipv6, fc.ipV4()), ports, (text, port) => {
        const addr = ipaddrLocal(text, port);
        const again = ipaddrLocal(ipaddrStr(addr), port);
        expect(again).to.deep.equal(addr);
        const bytes = ipaddrSockaddr(addr);
        expect(bytes.readUInt16BE(2)).to.equal(ipaddrPort(addr)).and.to.equal(port);
        expect(ipaddrSockaddr(again).equals(bytes)).to.equal(true);
      }),
    );
  });

  it("have the bytes and the text that the system gives them", () => {
    const texts = [...fc.sample(ipv6, 300), ...fc.sample(fc.ipV4(), 50)];
    const { stdout } = spawnSync("python3", ["-I", "-S", "-c", convert], {
      input: texts.join("\n"),
    });
    const ours = texts.map((text) => {
      const addr = ipaddrLocal(text, 0);
      const bytes = ipaddrSockaddr(addr);
      const inner = addr.family === "ipv4" ? bytes.subarray(4, 8) : bytes.subarray(8, 24);
      return `${inner.toString("hex")} ${ipaddrStr(addr)}`;
    });
    expect(ours).to.deep.equal(String(stdout).trim().split("\n"));
  });
});

const convert = `
import socket, sys
for text in sys.stdin.read().split("\\n"):
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    data = socket.inet_pton(family, text)
    print(data.hex(), socket.inet_ntop(family, data))
`;
