import { expect } from "chai";
import fc from "fast-check";
import {
  brecv,
  bsend,
  bundle,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  type Ipaddr,
  ipaddrLocal,
  ipcDone,
  ipcPair,
  isErrno,
  join,
  now,
  run,
} from "libdill-ts";
import { socks5ClientConnect, socks5ClientConnectbyname } from "libdill-ts/socks5";
import { carriers } from "../../support/bytestreams.js";
import { codeOf, failureOf } from "../../support/failure.js";
import { itBoth as it, itWith } from "../../support/it.js";
import { agree, bytes, received, socketWith } from "../../support/socks5Dialogues.js";

const addr = ipaddrLocal("1.2.3.4", 80);
const success = "05 00 00 01 00 00 00 00 00 00";

describe("socks5ClientConnect", () => {
  it("asks as RFC 1928 says, with the address", function* () {
    for (const [to, expected] of [
      [addr, "01 01020304 0050"],
      [ipaddrLocal("fd00::1", 65_535), "04 fd000000000000000000000000000001 ffff"],
    ] as const) {
      const [s, z] = yield* socketWith(`0500 ${success}`);
      yield* socks5ClientConnect(s, null, null, to, -1);
      expect(yield* received(z)).to.equal(bytes(`05 01 00 05 01 00 ${expected}`).toString("hex"));
    }
  });

  it("asks with the name, and with the address of a name that is one", function* () {
    for (const [host, expected] of [
      ["name", "03 04 6e616d65"],
      ["ä", "03 02 c3a4"],
      ["x".repeat(255), `03 ff ${"78".repeat(255)}`],
      ["1.2.3.4", "01 01020304"],
      ["fd00::1", "04 fd000000000000000000000000000001"],
      ["127.1", "03 05 3132372e31"],
    ] as const) {
      const [s, z] = yield* socketWith(`0500 ${success}`);
      yield* socks5ClientConnectbyname(s, null, null, host, 80, -1);
      const asked = bytes(`05 01 00 05 01 00 ${expected} 0050`).toString("hex");
      expect(yield* received(z)).to.equal(asked);
    }
  });

  it("gives user and password if the proxy wants them, as RFC 1929 says", function* () {
    const [s, z] = yield* socketWith(`0502 0100 ${success}`);
    yield* socks5ClientConnect(s, "user", "pass", addr, -1);
    const login = "01 04 75736572 04 70617373";
    const asked = `05 02 00 02 ${login} 05 01 00 01 01020304 0050`;
    expect(yield* received(z)).to.equal(bytes(asked).toString("hex"));
  });

  it("keeps user and password to itself if the proxy does not want them", function* () {
    const [s, z] = yield* socketWith(`0500 ${success}`);
    yield* socks5ClientConnect(s, "user", "pass", addr, -1);
    expect(yield* received(z)).to.equal("05020002050100010102030400 50".replace(" ", ""));
  });

  it("takes texts of 255 bytes, and empty ones", function* () {
    for (const text of ["x".repeat(255), ""]) {
      const [s, z] = yield* socketWith(`0502 0100 ${success}`);
      yield* socks5ClientConnect(s, text, text, addr, -1);
      const length = text.length.toString(16).padStart(2, "0");
      expect(yield* received(z)).to.contain(`01${length}${"78".repeat(text.length)}${length}`);
    }
  });

  it("takes nothing that comes behind the proxy's answer, in whatever form that is", function* () {
    for (const end of [
      success,
      "05 00 00 04 00000000000000000000000000000001 0050",
      "05 00 00 03 04 6e616d65 0050",
      "05 00 00 03 00 0050",
    ]) {
      const [s, z] = yield* socketWith(`0500 ${end}`);
      yield* bsend(z, Buffer.from("tunnel"), -1);
      yield* socks5ClientConnect(s, null, null, addr, -1);
      expect(String(yield* brecv(s, 6, -1))).to.equal("tunnel");
    }
  });

  describe("errors", () => {
    it("are what the proxy replies", function* () {
      const codes = [
        "EIO",
        "EACCES",
        "ENETUNREACH",
        "EHOSTUNREACH",
        "ECONNREFUSED",
        "EHOSTUNREACH",
        "EOPNOTSUPP",
        "EAFNOSUPPORT",
        "EPROTO",
      ];
      for (const [i, code] of codes.entries()) {
        const reply = `05 0${i + 1} 00 03 01 61 0000`;
        const [s] = yield* socketWith(`0500 ${reply} aa`);
        const error = yield* failureOf(socks5ClientConnect(s, null, null, addr, -1));
        expect(error).to.include({
          code,
          syscall: "socks5_client_connect",
          address: "1.2.3.4:80",
        });
        expect(yield* received(s)).to.equal("aa"); // the answer has been taken as a whole
        const [other] = yield* socketWith(`0500 ${reply}`);
        const named = socks5ClientConnectbyname(other, null, null, "name", 80, -1);
        expect(yield* codeOf(named)).to.equal(code);
      }
    });

    it("EACCES: none of the methods, or a wrong password, however the proxy says so", function* () {
      for (const answer of ["05 ff", "05 02 01 01", "05 02 01 02", "05 02 01 ff"]) {
        const [s] = yield* socketWith(answer);
        expect(yield* codeOf(socks5ClientConnect(s, "user", "pass", addr, -1))).to.equal("EACCES");
      }
    });

    it("EPROTO: the proxy takes a method that was not offered, where libdill's client aborts", function* () {
      for (const answer of ["05 02", "05 01", "05 80"]) {
        const [s] = yield* socketWith(answer);
        expect(yield* codeOf(socks5ClientConnect(s, null, null, addr, -1))).to.equal("EPROTO");
      }
    });

    it("EPROTO: what came is no SOCKS5, and that at the first byte that shows it", function* () {
      for (const answer of [
        "04",
        "48 54 54 50",
        "05 00 04",
        "05 00 05 00 01",
        "05 00 05 00 00 02",
        "05 00 05 00 00 00",
        "05 02 05",
      ]) {
        const [s] = yield* socketWith(answer);
        expect(yield* codeOf(socks5ClientConnect(s, "user", "pass", addr, -1))).to.equal("EPROTO");
      }
    });

    it("ECONNRESET: the proxy ends the dialogue, wherever it is", function* () {
      const answer = bytes(`0502 0100 ${success}`);
      for (let length = 0; length < answer.length; length++) {
        const [s, z] = yield* ipcPair();
        yield* bsend(z, answer.subarray(0, length), -1);
        yield* ipcDone(z, -1);
        const connecting = socks5ClientConnect(s, "user", "pass", addr, -1);
        expect(yield* codeOf(connecting), `${length}`).to.equal("ECONNRESET");
      }
    });

    it("ETIMEDOUT and ECANCELED: the proxy says nothing", function* () {
      const [s] = yield* ipcPair();
      const deadline = now() + 10;
      const error = yield* failureOf(socks5ClientConnect(s, null, null, addr, deadline));
      expect(error).to.include({ code: "ETIMEDOUT", syscall: "socks5_client_connect" });
      expect(now()).to.be.at.least(deadline);
      const [t] = yield* ipcPair();
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            codes.push(yield* codeOf(socks5ClientConnect(t, null, null, addr, -1)));
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
    });

    it("EPIPE, EBUSY and EBADF: what the socket says", function* () {
      const [s, z] = yield* ipcPair();
      const reader = go(
        (function* () {
          yield* brecv(s, 1, -1);
        })(),
      );
      expect(yield* codeOf(socks5ClientConnect(s, null, null, addr, -1))).to.equal("EBUSY");
      hclose(reader);
      yield* ipcDone(s, -1);
      expect(yield* codeOf(socks5ClientConnect(s, null, null, addr, -1))).to.equal("EPIPE");
      expect(yield* codeOf(socks5ClientConnectbyname(s, null, null, "a", 1, -1))).to.equal("EPIPE");
      const waiting = go(
        (function* (): Coroutine<string> {
          return yield* codeOf(socks5ClientConnect(z, null, null, addr, -1));
        })(),
      );
      hclose(z);
      expect(yield* join(waiting, -1)).to.equal("EBADF");
      expect(yield* codeOf(socks5ClientConnect(z, null, null, addr, -1))).to.equal("EBADF");
      const b = bundle();
      const other = b as unknown as Bytestream;
      expect(yield* codeOf(socks5ClientConnect(other, null, null, addr, -1))).to.equal("ENOTSUP");
      hclose(b);
    });

    it("EINVAL: wrong arguments, before a byte is sent", function* () {
      const [s, z] = yield* ipcPair();
      const long = "x".repeat(256);
      const wrong: [unknown, unknown, unknown, unknown][] = [
        [long, "", addr, -1],
        ["", long, addr, -1],
        ["ä".repeat(128), "", addr, -1],
        ["half a character: \ud83d", "", addr, -1],
        ["", "\udc00", addr, -1],
        ["user", null, addr, -1],
        [null, "pass", addr, -1],
        [1, 2, addr, -1],
        [undefined, undefined, addr, -1],
        [null, null, "1.2.3.4", -1],
        [null, null, null, -1],
        [null, null, ipaddrLocal("1.2.3.4", 0), -1],
        [null, null, { family: "ipv6", address: "fe80::1%eth0", port: 1 }, -1],
        [null, null, ipaddrLocal("fe80::1", 1), -1],
        [null, null, addr, NaN],
      ];
      for (const [user, password, to, deadline] of wrong) {
        const connecting = socks5ClientConnect(
          s,
          user as string,
          password as string,
          to as Ipaddr,
          deadline as number,
        );
        expect(yield* codeOf(connecting)).to.equal("EINVAL");
      }
      for (const [host, port] of [
        ["", 80],
        [long, 80],
        ["ä".repeat(128), 80],
        ["half-a-character-\ud83d.example", 80],
        ["a b", 80],
        ["a\0", 80],
        ["a\n", 80],
        [null, 80],
        ["fe80::1%eth0", 80],
        ["name", 0],
        ["name", -1],
        ["name", 65_536],
        ["name", "80"],
      ] as const) {
        const connecting = socks5ClientConnectbyname(
          s,
          null,
          null,
          host as string,
          port as number,
          -1,
        );
        expect(yield* codeOf(connecting), String(host)).to.equal("EINVAL");
      }
      expect(yield* received(z)).to.equal("");
    });
  });

  for (const { name, pair, isReal } of carriers) {
    itWith({ isReal })(
      `meets a proxy of ours on ${name}, and leaves the tunnel to its users`,
      function* () {
        const [a, z] = yield* pair();
        const proxy = go(
          (function* (): Coroutine<string> {
            const { host, port } = yield* agree(z, (user, password) => user + password === "ab");
            yield* bsend(z, Buffer.from("behind"), -1);
            return `${host}:${port}`;
          })(),
        );
        yield* socks5ClientConnectbyname(a, "a", "b", "example.org", 443, -1);
        expect(yield* join(proxy, -1)).to.equal("example.org:443");
        expect(String(yield* brecv(a, 6, -1))).to.equal("behind");
        yield* bsend(a, Buffer.from("ahead"), -1);
        expect(String(yield* brecv(z, 5, -1))).to.equal("ahead");
        for (const h of [a, z]) hclose(h);
      },
    );
  }

  it("understands the proxy however its bytes come", async () => {
    const answer = bytes(`0502 0100 05 00 00 03 05 6874747073 01bb`);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: answer.length - 1 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        await run(
          (function* () {
            const [s, z] = yield* ipcPair();
            const client = go(
              (function* (): Coroutine {
                yield* socks5ClientConnect(s, "user", "pass", addr, -1);
              })(),
            );
            const ends = [...places.toSorted((x, y) => x - y), answer.length];
            let from = 0;
            for (const end of ends) {
              yield* bsend(z, answer.subarray(from, end), -1);
              yield;
              from = end;
            }
            yield* join(client, -1);
          })(),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("comes to an end of one of these kinds, whatever the proxy says", async () => {
    const known = ["EPROTO", "EACCES", "ECONNRESET", "EIO", "ENETUNREACH", "EHOSTUNREACH"] as const;
    const others = ["ECONNREFUSED", "EOPNOTSUPP", "EAFNOSUPPORT"] as const;
    const likely = fc.constantFrom(0, 1, 2, 3, 4, 5, 255);
    const answer = fc.array(fc.oneof(likely, fc.integer({ min: 0, max: 255 })), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(answer, async (list) => {
        await run(
          (function* () {
            const [s, z] = yield* ipcPair();
            yield* bsend(z, Buffer.from(list), -1);
            yield* ipcDone(z, -1);
            try {
              yield* socks5ClientConnect(s, "user", "pass", addr, -1);
            } catch (error) {
              if (!isErrno(error, ...known, ...others)) throw error;
            }
          })(),
        );
      }),
      { numRuns: 300 },
    );
  });
});
