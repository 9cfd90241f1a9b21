import { expect } from "chai";
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  hclose,
  ipcPair,
  type IpcSocket,
  msleep,
  now,
} from "libdill-ts";
import { tlsDetach, tlsDone, type TlsSocket } from "libdill-ts/tls";
import { carriers } from "../../support/bytestreams.js";
import { certificates } from "../../support/certificates.js";
import { codeOf, codeOfCall, codeOrNone, failureOf } from "../../support/failure.js";
import { itBoth as it, itWith } from "../../support/it.js";
import { encrypt, serving, tappedPair, tlsPair, trusting } from "../../support/tlsPair.js";

function* leaveWith(s: TlsSocket, farewell: string): Coroutine<Bytestream> {
  const plain = yield* tlsDetach(s, -1);
  yield* bsend(plain, Buffer.from(farewell), -1);
  return plain;
}

describe("tlsDetach", () => {
  for (const carrier of carriers) {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      itWith(carrier)(
        `leaves the first plain byte to the socket beneath: ${carrier.name}, ${version}`,
        function* () {
          const pair = yield* carrier.pair();
          const [c, s] = yield* encrypt(pair, trusting({ maxVersion: version }));
          yield* bsend(s, Buffer.from("dropped"), -1);
          const both = bundle();
          bundleGo(both, leaveWith(c, "plain of the client"));
          bundleGo(both, receiveBehind(s, "plain of the client"));
          yield* bundleWait(both, -1);
        },
      );
    }
  }

  it("leaves what was glued behind the end untouched", function* () {
    const [c, s] = yield* tlsPair();
    yield* tlsDone(s, -1);
    const other = bundle();
    bundleGo(other, leaveWith(s, "first"));
    yield* msleep(now() + 5); // the server is at its end, and waits for the client's
    expect(yield* codeOf(brecv(c, 1, -1))).to.equal("EPIPE");
    const plain = yield* leaveWith(c, "");
    expect(String(yield* brecv(plain, 5, -1))).to.equal("first");
    hclose(other);
  });

  it("can be done many times on one connection", function* () {
    let [a, z]: [Bytestream, Bytestream] = yield* ipcPair();
    for (let i = 0; i < 5; i++) {
      const [c, s] = yield* encrypt([a, z]);
      yield* bsend(c, Buffer.from("encrypted"), -1);
      expect(String(yield* brecv(s, 9, -1))).to.equal("encrypted");
      const ends: Bytestream[] = [];
      const other = bundle();
      bundleGo(other, collect(s, ends));
      a = yield* tlsDetach(c, -1);
      yield* bundleWait(other, -1);
      z = ends[0] as Bytestream;
      yield* bsend(a, Buffer.from("plain"), -1);
      expect(String(yield* brecv(z, 5, -1))).to.equal("plain");
    }
  });

  describe("errors close the whole stack", () => {
    /** What the detach throws; nothing is open then. */
    function* failing(s: TlsSocket, z: TlsSocket, deadline = -1) {
      const error = yield* failureOf(tlsDetach(s, deadline));
      expect(error.syscall).to.equal("tls_detach");
      expect(codeOfCall(() => hclose(s))).to.equal("EBADF");
      expect(yield* endOf(z)).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      return error.code;
    }

    it("ETIMEDOUT: the peer does not end", function* () {
      const [c, s] = yield* tlsPair();
      expect(yield* failing(c, s, now() + 5)).to.equal("ETIMEDOUT");
      const [d, t] = yield* tlsPair();
      expect(yield* failing(d, t, 0)).to.equal("ETIMEDOUT");
    });

    it("EINVAL: the deadline is none", function* () {
      const [c, s] = yield* tlsPair();
      expect(yield* failing(c, s, Number.NaN)).to.equal("EINVAL");
    });

    it("ECONNRESET: the connection has ended, an earlier send or receive has failed", function* () {
      const [c, s] = yield* tlsPair();
      hclose(s);
      expect(yield* codeOf(tlsDetach(c, -1))).to.equal("ECONNRESET");
      const [d, t] = yield* tlsPair();
      expect(yield* codeOf(bsend(d, Buffer.alloc(4_000_000), 0))).to.equal("ETIMEDOUT");
      expect(yield* failing(d, t)).to.equal("ECONNRESET");
      const [e, u] = yield* tlsPair();
      yield* bsend(u, Buffer.from("x"), -1);
      expect(yield* codeOf(brecv(e, 2, now() + 5))).to.equal("ETIMEDOUT");
      expect(yield* failing(e, u)).to.equal("ECONNRESET");
    });

    it("EBUSY: a coroutine uses the socket", function* () {
      const [c, s] = yield* tlsPair();
      const codes: string[] = [];
      const user = bundle();
      bundleGo(
        user,
        (function* () {
          codes.push(yield* codeOf(brecv(c, 1, -1)));
        })(),
      );
      expect(yield* failing(c, s)).to.equal("EBUSY");
      yield* bundleWait(user, -1);
      expect(codes).to.deep.equal(["EBADF"]);
    });

    it("ECANCELED: the coroutine is being canceled", function* () {
      const [c, s] = yield* tlsPair();
      const codes: string[] = [];
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          codes.push(yield* failing(c, s));
        })(),
      );
      yield* msleep(now() + 2);
      hclose(b);
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(codeOfCall(() => hclose(c))).to.equal("EBADF");
    });

    it("EPROTO: the peer breaks the rules", function* () {
      const { c, wire } = yield* tappedPair();
      yield* bsend(wire, Buffer.from("no record at all"), -1);
      expect(yield* codeOf(tlsDetach(c, -1))).to.equal("EPROTO");
    });

    it("EACCES: the peer has refused our certificate", function* () {
      const { cert, key } = certificates().selfSigned;
      const [a, z] = yield* ipcPair();
      const server = serving({ ca: certificates().authority.cert, requestCert: true });
      const error = yield* failureOf(
        (function* () {
          const [c] = yield* encrypt<IpcSocket>([a, z], trusting({ cert, key }), server);
          yield* tlsDetach(c, -1);
        })(),
      );
      expect(error.code).to.be.oneOf(["EACCES", "ECONNRESET"]);
    });
  });

  describe("errors change nothing", () => {
    it("EBADF: the handle is not open", function* () {
      const [c] = yield* tlsPair();
      hclose(c);
      expect(yield* codeOf(tlsDetach(c, -1))).to.equal("EBADF");
    });

    it("ENOTSUP: the handle is no TLS socket", function* () {
      const [a, z] = yield* ipcPair();
      const given: unknown = a;
      expect(yield* codeOf(tlsDetach(given as TlsSocket, -1))).to.equal("ENOTSUP");
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecv(z, 1, -1))).to.equal("x");
    });
  });
});

function* receiveBehind(s: TlsSocket, expected: string): Coroutine {
  const plain = yield* tlsDetach(s, -1);
  expect(String(yield* brecv(plain, expected.length, -1))).to.equal(expected);
}

function* collect(s: TlsSocket, ends: Bytestream[]): Coroutine {
  ends.push(yield* tlsDetach(s, -1));
}

/** Why no more can be received. */
function* endOf(s: Bytestream) {
  for (;;) {
    const code = yield* codeOrNone(brecvSome(s, 65_536, -1));
    if (code !== "none") return code;
  }
}
