// tlsAttachClient, tlsAttachServer and tlsContext: who trusts whom.
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  type DillError,
  hclose,
  ipcPair,
  type IpcSocket,
  msleep,
  now,
} from "libdill-ts";
import {
  tlsAttachClient,
  tlsAttachServer,
  type TlsClientOptions,
  tlsContext,
  type TlsContext,
  type TlsContextOptions,
  tlsInfo,
} from "libdill-ts/tls";
import { certificates, withCert } from "../../support/certificates.js";
import { codeOf, codeOfCall, codeOrNone, failureOf, thrownBy } from "../../support/failure.js";
import { hostileErrors } from "../../support/hostileErrors.js";
import { itBoth as it } from "../../support/it.js";
import { serving, tlsPair, trusting } from "../../support/tlsPair.js";

/** How both sides fare, the client also with its first receive. */
function* meet(client: TlsClientOptions, server: TlsContextOptions) {
  const [a, z] = yield* ipcPair();
  const codes = { client: "", server: "" };
  const both = bundle();
  bundleGo(both, ask(a, client, codes));
  bundleGo(both, answer(z, server, codes));
  yield* bundleWait(both, -1);
  hclose(both);
  return codes;
}

function* ask(a: IpcSocket, options: TlsClientOptions, codes: { client: string }): Coroutine {
  codes.client = yield* codeOrNone(
    (function* () {
      const s = yield* tlsAttachClient(a, options, now() + 10_000);
      yield* brecv(s, 1, -1);
      hclose(s);
    })(),
  );
}

function* answer(z: IpcSocket, options: TlsContextOptions, codes: { server: string }): Coroutine {
  codes.server = yield* codeOrNone(
    (function* () {
      const s = yield* tlsAttachServer(z, tlsContext(options), now() + 10_000);
      yield* bsend(s, Buffer.from("x"), -1);
      yield* codeOrNone(brecv(s, 1, -1));
      hclose(s);
    })(),
  );
}

describe("tlsAttach", () => {
  describe("trust", () => {
    const good = { client: "none", server: "none" };

    it("accepts a server whose certificate leads to an authority and has the name", function* () {
      expect(yield* meet(trusting(), serving())).to.deep.equal(good);
      expect(yield* meet(trusting({ servername: "127.0.0.1" }), serving())).to.deep.equal(good);
    });

    it("accepts a chain", function* () {
      const { cert, key } = certificates().chained;
      expect(yield* meet(trusting(), serving({ cert, key }))).to.deep.equal(good);
    });

    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const only = { minVersion: version, maxVersion: version };

      it(`refuses a certificate that is no good, with ${version}`, function* () {
        const { expired, other, selfSigned, chained, intermediate } = certificates();
        const [leaf = ""] = chained.cert.split(/(?<=-----END CERTIFICATE-----\n)/);
        const bad = {
          expired,
          "for another name": other,
          "self-signed": selfSigned,
          "without the one in the middle": withCert(chained, leaf),
        };
        for (const [name, { cert, key }] of Object.entries(bad)) {
          const codes = yield* meet(trusting(), serving({ cert, key, ...only }));
          expect(codes.client, name).to.equal("EACCES");
        }
        const wrongOrder = { cert: intermediate.cert + leaf, key: chained.key };
        expect(codeOfCall(() => tlsContext(serving(wrongOrder)))).to.equal("EINVAL");
      });

      it(`refuses a client without a trusted certificate, if one is asked for, with ${version}`, function* () {
        const ca = certificates().authority.cert;
        const server = serving({ ca, requestCert: true, ...only });
        const { client, selfSigned } = certificates();
        expect(yield* meet(trusting({ cert: client.cert, key: client.key }), server)).to.deep.equal(
          good,
        );
        for (const { cert, key } of [selfSigned, { cert: undefined, key: undefined }]) {
          const codes = yield* meet(trusting({ cert, key }), server);
          expect(codes.server).to.equal("EACCES");
          expect(codes.client).to.be.oneOf(["EACCES", "ECONNRESET", "EPROTO"]);
        }
        const lenient = serving({ ca, requestCert: true, rejectUnauthorized: false, ...only });
        expect(yield* meet(trusting(), lenient)).to.deep.equal(good);
      });
    }

    it("takes any certificate if it is told so", function* () {
      const { cert, key } = certificates().selfSigned;
      const any = { rejectUnauthorized: false };
      expect(yield* meet(any, serving({ cert, key }))).to.deep.equal(good);
    });

    it("asks a function of the caller's in place of Node's comparison", function* () {
      const checkServerIdentity = (name: string): Error | undefined =>
        name === "localhost" ? new Error("I know that one") : undefined;
      const codes = yield* meet(trusting({ checkServerIdentity }), serving());
      expect(codes.client).to.equal("EACCES");
    });

    const rejected = "a promise that is rejected";
    const distrusting: Readonly<Record<string, () => unknown>> = {
      "an error": () => new Error("not that one"),
      "a text": () => "refused",
      true: () => true,
      false: () => false,
      [rejected]: () => Promise.reject(new Error("too late")),
      ...hostileErrors,
    };

    for (const [what, make] of Object.entries(distrusting)) {
      for (const how of ["throws", "returns"]) {
        if (how === (what === "undefined" ? "returns" : what === rejected ? "throws" : ""))
          continue;

        it(`refuses a server for which that function ${how} ${what}`, function* () {
          let given: unknown;
          const checkServerIdentity = (): undefined => {
            given = make();
            if (how === "throws") throw given;
            return given as undefined;
          };
          const [a, z] = yield* ipcPair();
          const server = bundle();
          bundleGo(server, answer(z, serving(), { server: "" }));
          const client = tlsAttachClient(a, trusting({ checkServerIdentity }), -1);
          const error = yield* failureOf(client);
          expect(error.code).to.equal("EACCES");
          expect(error.cause === given).to.equal(true);
          hclose(server);
        });
      }
    }

    it("has Node's error as the cause", function* () {
      const [a, z] = yield* ipcPair();
      const { cert, key } = certificates().other;
      const server = bundle();
      bundleGo(server, answer(z, serving({ cert, key }), { server: "" }));
      const error = yield* failureOf(tlsAttachClient(a, trusting(), -1));
      expect(error).to.include({ code: "EACCES", syscall: "tls_attach_client" });
      expect(error.cause).to.include({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
      hclose(server);
    });
  });

  describe("what is agreed on", () => {
    it("is the first protocol of the server's that the client speaks", function* () {
      const [c, s] = yield* tlsPair(
        trusting({ alpn: ["a", "b", "c"] }),
        serving({ alpn: ["x", "c", "b"] }),
      );
      expect([tlsInfo(c).alpn, tlsInfo(s).alpn]).to.deep.equal(["c", "c"]);
    });

    it("is no protocol if nobody asks for one", function* () {
      const [c, s] = yield* tlsPair();
      expect([tlsInfo(c).alpn, tlsInfo(s).alpn]).to.deep.equal([null, null]);
    });

    it("refuses a client that speaks none of the server's protocols", function* () {
      const codes = yield* meet(trusting({ alpn: ["a"] }), serving({ alpn: ["b"] }));
      expect(codes).to.deep.equal({ client: "EPROTO", server: "EPROTO" });
    });

    it("refuses a version that the other does not speak", function* () {
      const codes = yield* meet(
        trusting({ minVersion: "TLSv1.3" }),
        serving({ maxVersion: "TLSv1.2" }),
      );
      expect(codes).to.deep.equal({ client: "EPROTO", server: "EPROTO" });
    });

    it("shows the certificate for the name that the client asks for", function* () {
      const { cert, key } = certificates().other;
      const hosts = { "other.example": { cert, key } };
      const [c, s] = yield* tlsPair(trusting({ servername: "other.example" }), serving({ hosts }));
      expect(tlsInfo(c).peerCertificate?.subject).to.equal("CN=other");
      expect(tlsInfo(s).servername).to.equal("other.example");
      const [d] = yield* tlsPair(trusting(), serving({ hosts }));
      expect(tlsInfo(d).peerCertificate?.subject).to.equal("CN=server");
    });
  });

  describe("context", () => {
    it("EINVAL: a certificate or key is none, or they don't belong together", () => {
      const { server, other } = certificates();
      const bad: TlsContextOptions[] = [
        { cert: "no PEM", key: server.key },
        { cert: server.cert, key: "no PEM" },
        { cert: server.cert, key: other.key },
        { ...serving(), ciphers: "NO-SUCH-CIPHER" },
        { ...serving(), ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
        { ...serving(), ticketKeys: Buffer.alloc(3) },
        { ...serving(), alpn: [""] },
        { ...serving(), hosts: { "a.example": { cert: "no PEM" } } },
      ];
      for (const options of bad) {
        expect(
          codeOfCall(() => tlsContext(options)),
          JSON.stringify(options),
        ).to.equal("EINVAL");
      }
    });

    it("keeps Node's error as the cause", () => {
      const { server, other } = certificates();
      const error = thrownBy(() => tlsContext({ cert: server.cert, key: other.key }));
      expect((error as DillError).cause).to.be.an("error");
      expect(error).to.include({ syscall: "tls_context" });
    });

    it("serves a client, too", function* () {
      const { authority, client } = certificates();
      const context = tlsContext({ ca: authority.cert, cert: client.cert, key: client.key });
      const server = serving({ ca: authority.cert, requestCert: true });
      const [, s] = yield* tlsPair({ servername: "localhost", context }, server);
      expect(tlsInfo(s).peerCertificate?.subject).to.equal("CN=client");
    });
  });

  describe("errors", () => {
    it("EINVAL: no servername, and then the socket is closed", function* () {
      for (const options of [{}, { servername: "" }]) {
        const [a] = yield* ipcPair();
        const error = yield* failureOf(tlsAttachClient(a, options, -1));
        expect(error).to.include({ code: "EINVAL", syscall: "tls_attach_client" });
        expect(codeOfCall(() => hclose(a))).to.equal("EBADF");
      }
    });

    it("EINVAL: a bad option, context or deadline", function* () {
      const none = {} as TlsContext;
      for (const op of [
        (a: IpcSocket) => tlsAttachServer(a, none, -1),
        (a: IpcSocket) => tlsAttachServer(a, tlsContext(serving()), Number.NaN),
        (a: IpcSocket) => tlsAttachClient(a, trusting({ cert: "no PEM" }), -1),
        (a: IpcSocket) => tlsAttachClient(a, trusting({ context: none }), -1),
        (a: IpcSocket) => tlsAttachClient(a, trusting({ alpn: ["x".repeat(256)] }), -1),
        (a: IpcSocket) => tlsAttachClient(a, trusting(), -2),
      ]) {
        const [a] = yield* ipcPair();
        expect(yield* codeOf(op(a))).to.equal("EINVAL");
        expect(codeOfCall(() => hclose(a))).to.equal("EBADF");
      }
    });

    it("EBADF: the handle is not open", function* () {
      const [a] = yield* ipcPair();
      hclose(a);
      expect(yield* codeOf(tlsAttachClient(a, trusting(), -1))).to.equal("EBADF");
      expect(yield* codeOf(tlsAttachServer(a, tlsContext(serving()), -1))).to.equal("EBADF");
    });

    it("ENOTSUP: the handle is not a bytestream, and then it is closed", function* () {
      const b: unknown = bundle();
      expect(yield* codeOf(tlsAttachClient(b as Bytestream, trusting(), -1))).to.equal("ENOTSUP");
      expect(codeOfCall(() => hclose(b as Bytestream))).to.equal("EBADF");
    });

    it("EBUSY: a coroutine uses the socket, and then it is closed", function* () {
      const [a] = yield* ipcPair();
      const codes: string[] = [];
      const user = bundle();
      bundleGo(
        user,
        (function* () {
          codes.push(yield* codeOf(brecv(a, 1, -1)));
        })(),
      );
      expect(yield* codeOf(tlsAttachClient(a, trusting(), -1))).to.equal("EBUSY");
      yield* bundleWait(user, -1);
      expect(codes).to.deep.equal(["EBADF"]);
    });

    it("ETIMEDOUT: the peer says nothing, and then the socket is closed", function* () {
      const [a, z] = yield* ipcPair();
      expect(yield* codeOf(tlsAttachClient(a, trusting(), now() + 5))).to.equal("ETIMEDOUT");
      expect(codeOfCall(() => hclose(a))).to.equal("EBADF");
      expect(yield* codeOf(tlsAttachServer(z, tlsContext(serving()), 0))).to.be.oneOf([
        "ETIMEDOUT",
        "ECONNRESET",
      ]);
    });

    it("ECANCELED: leaves nothing behind, and closes the socket", function* () {
      const [a, z] = yield* ipcPair();
      const codes: string[] = [];
      const both = bundle();
      for (const op of [
        tlsAttachClient(a, trusting(), -1),
        tlsAttachServer((yield* ipcPair())[0], tlsContext(serving()), -1),
      ]) {
        bundleGo(
          both,
          (function* () {
            codes.push(yield* codeOf(op));
          })(),
        );
      }
      yield* msleep(now() + 5);
      hclose(both);
      expect(codes).to.deep.equal(["ECANCELED", "ECANCELED"]);
      expect(yield* codeOf(brecv(z, 100_000, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
    });
  });
});
