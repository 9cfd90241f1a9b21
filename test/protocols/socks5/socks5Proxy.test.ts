import { expect } from "chai";
import fc from "fast-check";
import {
  brecv,
  bsend,
  bundle,
  type Bytestream,
  chrecv,
  type Coroutine,
  go,
  hclose,
  hmake,
  type Ipaddr,
  ipaddrLocal,
  ipcDone,
  ipcPair,
  isErrno,
  join,
  now,
  run,
} from "libdill-ts";
import {
  SOCKS5_CONNECT,
  type Socks5Check,
  socks5ProxyAuth,
  socks5ProxyRecvcommand,
  socks5ProxyRecvcommandbyname,
  socks5ProxySendreply,
  type Socks5Reply,
} from "libdill-ts/socks5";
import { type BytestreamMethods, bytestreamType } from "libdill-ts/impl";
import { type Gate, newGate } from "../../support/gate.js";
import { codeOf, failureOf, thrownIn } from "../../support/failure.js";
import { itBoth as it } from "../../support/it.js";
import { bytes, received, socketWith } from "../../support/socks5Dialogues.js";

const login = "05 01 02 01 04 75736572 04 70617373";
const all = () => true;

describe("socks5ProxyAuth", () => {
  it("without a check lets in whoever offers to do without", function* () {
    for (const offer of ["05 01 00", "05 03 02 01 00"]) {
      const [s, z] = yield* socketWith(`${offer} 05`);
      yield* socks5ProxyAuth(s, null, -1);
      expect(yield* received(z)).to.equal("0500");
      expect(yield* received(s)).to.equal("05"); // the command, which nobody has taken
    }
  });

  it("with a check asks for user and password", function* () {
    const [s, z] = yield* socketWith(login);
    const seen: string[] = [];
    yield* socks5ProxyAuth(s, (...words) => seen.push(...words) === 2, -1);
    expect(seen).to.deep.equal(["user", "pass"]);
    expect(yield* received(z)).to.equal("05020100");
  });

  it("takes texts of 255 bytes, and empty ones", function* () {
    for (const text of ["x".repeat(255), "", "ä"]) {
      const length = Buffer.byteLength(text).toString(16).padStart(2, "0");
      const hex = `${length}${Buffer.from(text).toString("hex")}`;
      const [s] = yield* socketWith(`050102 01${hex}${hex}`);
      yield* socks5ProxyAuth(s, (user, password) => user === text && password === text, -1);
    }
  });

  it("refuses with EACCES: the check says no, or no method is offered that is needed", function* () {
    for (const [offer, check, told] of [
      ["05 01 02", null, "05ff"],
      ["05 01 00", all, "05ff"],
      ["05 00", null, "05ff"],
      ["05 02 01 80", all, "05ff"],
      [login, () => false, "050201ff"],
    ] as const) {
      const [s, z] = yield* socketWith(offer);
      const error = yield* failureOf(socks5ProxyAuth(s, check, -1));
      expect(error).to.include({ code: "EACCES", syscall: "socks5_proxy_auth" });
      expect(yield* received(z)).to.equal(told);
    }
  });

  it("refuses with EINVAL if the check says neither yes nor no, such as a promise of a yes", function* () {
    for (const check of [async () => true, () => 1, () => undefined, () => "yes"]) {
      const [s, z] = yield* socketWith(login);
      const authenticating = socks5ProxyAuth(s, check as unknown as Socks5Check, -1);
      expect(yield* codeOf(authenticating)).to.equal("EINVAL");
      expect(yield* received(z)).to.equal("050201ff");
    }
  });

  it("refuses if the check throws, and throws that", function* () {
    const [s, z] = yield* socketWith(login);
    const failure = new Error("no database");
    const check = (): boolean => {
      throw failure;
    };
    expect(yield* thrownIn(socks5ProxyAuth(s, check, -1))).to.equal(failure);
    expect(yield* received(z)).to.equal("050201ff");
  });

  it("is EPROTO if the client speaks another protocol, and that at once", function* () {
    for (const hello of ["04", "47 45 54", "05 01 02 05", "05 01 02 01 01e4 0161"]) {
      const [s] = yield* socketWith(hello);
      expect(yield* codeOf(socks5ProxyAuth(s, all, -1))).to.equal("EPROTO");
    }
  });

  it("is EPIPE if the client ends before it says anything, and ECONNRESET after that", function* () {
    const hello = bytes(login);
    for (let length = 0; length < hello.length; length++) {
      const [s, z] = yield* ipcPair();
      yield* bsend(z, hello.subarray(0, length), -1);
      yield* ipcDone(z, -1);
      const code = yield* codeOf(socks5ProxyAuth(s, all, -1));
      expect(code, `${length}`).to.equal(length === 0 ? "EPIPE" : "ECONNRESET");
    }
  });

  it("that is cut short has taken nothing of the message that it waits for", function* () {
    const [s, z] = yield* socketWith("05");
    expect(yield* codeOf(socks5ProxyAuth(s, null, now() + 1))).to.equal("ETIMEDOUT");
    yield* bsend(z, bytes("01 00"), -1);
    yield* socks5ProxyAuth(s, null, -1);
  });
});

describe("socks5ProxyRecvcommand", () => {
  it("tells command and address", function* () {
    for (const [hex, command, addr] of [
      ["05 01 00 01 01020304 0050", SOCKS5_CONNECT, ipaddrLocal("1.2.3.4", 80)],
      ["05 02 00 04 fd000000000000000000000000000001 0000", 2, ipaddrLocal("fd00::1", 0)],
      ["05 03 00 03 09 6c6f63616c686f7374 0050", 3, ipaddrLocal("127.0.0.1", 80)],
    ] as const) {
      const [s] = yield* socketWith(`${hex} aa`);
      expect(yield* socks5ProxyRecvcommand(s, -1)).to.deep.equal({ command, addr });
      expect(yield* received(s)).to.equal("aa");
    }
  });

  it("by name leaves a name as it is, and writes an address as text", function* () {
    for (const [hex, host, port] of [
      ["01 01020304 0050", "1.2.3.4", 80],
      ["04 fd000000000000000000000000000001 0000", "fd00::1", 0],
      ["03 04 6e616d65 ffff", "name", 65_535],
      [`03 ff ${"78".repeat(255)} 0001`, "x".repeat(255), 1],
    ] as const) {
      const [s] = yield* socketWith(`05 01 00 ${hex} aa`);
      const wanted = yield* socks5ProxyRecvcommandbyname(s, -1);
      expect(wanted).to.deep.equal({ command: 1, host, port });
      expect(yield* received(s)).to.equal("aa");
    }
  });

  it("is EADDRNOTAVAIL for a name that does not exist", function* () {
    const name = Buffer.from("no.such.host.invalid");
    const [s] = yield* socketWith(`05 01 00 03 14 ${name.toString("hex")} 0050`);
    const error = yield* failureOf(socks5ProxyRecvcommand(s, now() + 4000));
    expect(error).to.include({ syscall: "socks5_proxy_recvcommand" });
    expect(["EADDRNOTAVAIL", "ETIMEDOUT", "EIO"]).to.include(error.code); // EIO, ETIMEDOUT: nobody could be asked
  });

  it("is EPROTO for what is no command", function* () {
    for (const hex of [
      "04",
      "05 01 01",
      "05 01 00 02",
      "05 00 00 01 01020304 0050",
      "05 04 00 01 01020304 0050",
      "05 01 00 03 00 0050",
      "05 01 00 03 01 00 0050",
      "05 01 00 03 03 612062 0050",
      "05 01 00 03 03 61e462 0050", // not UTF-8
    ]) {
      for (const receive of [socks5ProxyRecvcommand, socks5ProxyRecvcommandbyname]) {
        const [s] = yield* socketWith(hex);
        expect(yield* codeOf(receive(s, -1)), hex).to.equal("EPROTO");
      }
    }
  });

  it("is ECONNRESET if the client ends, and what the socket and the deadline say otherwise", function* () {
    for (const receive of [socks5ProxyRecvcommand, socks5ProxyRecvcommandbyname]) {
      const [s, z] = yield* socketWith("05 01");
      expect(yield* codeOf(receive(s, 0))).to.equal("ETIMEDOUT");
      const waiting = go(
        (function* (): Coroutine<string> {
          return yield* codeOf(receive(s, -1));
        })(),
      );
      expect(yield* codeOf(receive(s, -1))).to.equal("EBUSY");
      yield* ipcDone(z, -1);
      expect(yield* join(waiting, -1)).to.equal("ECONNRESET");
      expect(yield* codeOf(receive(s, NaN))).to.equal("EINVAL");
      hclose(s);
      expect(yield* codeOf(receive(s, -1))).to.equal("EBADF");
      const b = bundle();
      expect(yield* codeOf(receive(b as unknown as Bytestream, -1))).to.equal("ENOTSUP");
      hclose(b);
      const [t] = yield* ipcPair();
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            codes.push(yield* codeOf(receive(t, -1)));
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
    }
  });

  it("comes to an end, whatever the client says", async () => {
    const likely = fc.constantFrom(0, 1, 2, 3, 4, 5, 255);
    const words = fc.array(fc.oneof(likely, fc.integer({ min: 0, max: 255 })), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(words, async (list) => {
        await run(
          (function* () {
            const [s, z] = yield* ipcPair();
            yield* bsend(z, Buffer.from(list), -1);
            yield* ipcDone(z, -1);
            try {
              yield* socks5ProxyAuth(s, list.length % 2 === 0 ? null : all, -1);
              yield* socks5ProxyRecvcommandbyname(s, -1);
            } catch (error) {
              if (!isErrno(error, "EPROTO", "EACCES", "ECONNRESET", "EPIPE")) throw error;
            }
          })(),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("socks5ProxySendreply", () => {
  it("sends as RFC 1928 says", function* () {
    for (const [reply, addr, hex] of [
      [5, ipaddrLocal("1.2.3.4", 80), "05050001010203040050"],
      [0, ipaddrLocal("::1", 65_535), `05000004${"0".repeat(31)}1ffff`],
      [8, ipaddrLocal(null, 0), "05080001000000000000"],
      [
        0,
        { family: "ipv6", address: "fe80::1%lo", port: 1 },
        `050000 04fe80${"0".repeat(27)}10001`,
      ],
    ] as const) {
      const [s, z] = yield* ipcPair();
      yield* socks5ProxySendreply(s, reply, addr, -1);
      expect(yield* received(z)).to.equal(hex.replace(" ", ""));
    }
  });

  it("is EINVAL for wrong arguments, and sends nothing", function* () {
    const [s, z] = yield* ipcPair();
    const addr = ipaddrLocal(null, 0);
    for (const reply of [-1, 9, 1.5, NaN, "0", undefined]) {
      const replying = socks5ProxySendreply(s, reply as Socks5Reply, addr, -1);
      expect(yield* codeOf(replying)).to.equal("EINVAL");
    }
    for (const wrong of [null, "1.2.3.4", {}]) {
      expect(yield* codeOf(socks5ProxySendreply(s, 0, wrong as Ipaddr, -1))).to.equal("EINVAL");
    }
    expect(yield* codeOf(socks5ProxySendreply(s, 0, addr, NaN))).to.equal("EINVAL");
    expect(yield* received(z)).to.equal("");
  });

  it("fails as a send does", function* () {
    const addr = ipaddrLocal(null, 0);
    const [s, z] = yield* ipcPair();
    const large = Buffer.alloc(4_000_000);
    const sender = go(
      (function* () {
        yield* bsend(s, large, -1);
      })(),
    );
    expect(yield* codeOf(socks5ProxySendreply(s, 0, addr, -1))).to.equal("EBUSY");
    yield* brecv(z, large.length, -1);
    yield* join(sender, -1);
    yield* ipcDone(s, -1);
    expect(yield* codeOf(socks5ProxySendreply(s, 0, addr, -1))).to.equal("EPIPE");
    hclose(s);
    expect(yield* codeOf(socks5ProxySendreply(s, 0, addr, -1))).to.equal("EBADF");
    const b = bundle();
    expect(yield* codeOf(socks5ProxySendreply(b as unknown as Bytestream, 0, addr, -1))).to.equal(
      "ENOTSUP",
    );
    hclose(b);
  });

  it("into a full socket is ETIMEDOUT at its deadline, or ECANCELED", function* () {
    const addr = ipaddrLocal(null, 0);
    const gate = newGate();
    const s = slowSocket(gate);
    const deadline = now() + 5;
    expect(yield* codeOf(socks5ProxySendreply(s, 0, addr, deadline))).to.equal("ETIMEDOUT");
    const codes: string[] = [];
    hclose(
      go(
        (function* () {
          codes.push(yield* codeOf(socks5ProxySendreply(s, 0, addr, -1)));
        })(),
      ),
    );
    expect(codes).to.deep.equal(["ECANCELED"]);
    gate.close();
  });

  it("to a client that has gone is ECONNRESET", function* () {
    const [s, z] = yield* ipcPair();
    hclose(z);
    const reply = socks5ProxySendreply(s, 0, ipaddrLocal(null, 0), -1);
    expect(yield* codeOf(reply)).to.equal("ECONNRESET");
  });
});

/** A bytestream whose sends wait for the gate. */
function slowSocket(gate: Gate): Bytestream {
  const methods: BytestreamMethods = {
    *send(_list, deadline) {
      yield* chrecv(gate.far, deadline);
    },
    *receive() {},
  };
  const h: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close() {},
  });
  return h as Bytestream;
}
