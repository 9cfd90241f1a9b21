import { expect } from "chai";
import { brecv, bsend, bundle, hclose, ipcPair } from "libdill-ts";
import { tlsContext, tlsInfo, type TlsSocket } from "libdill-ts/tls";
import { certificates } from "../../support/certificates.js";
import { codeOfCall } from "../../support/failure.js";
import { itBoth as it } from "../../support/it.js";
import { encrypt, encryptWith, serving, tlsPair, trusting } from "../../support/tlsPair.js";

describe("tlsInfo", () => {
  it("tells what was agreed on", function* () {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const [c, s] = yield* tlsPair(
        trusting({ maxVersion, alpn: ["x"] }),
        serving({ alpn: ["x"] }),
      );
      const { peerCertificate, ...agreed } = tlsInfo(c);
      expect(agreed).to.deep.include({
        protocol: maxVersion,
        alpn: "x",
        servername: "localhost",
        isAuthorized: true,
        isResumed: false,
      });
      expect(agreed.cipher).to.match(/^TLS_/);
      expect(peerCertificate?.fingerprint256).to.be.a("string");
      expect(tlsInfo(s)).to.include({
        protocol: maxVersion,
        cipher: agreed.cipher,
        servername: "localhost",
        peerCertificate: null,
        isAuthorized: false,
      });
    }
  });

  it("says that a certificate was not checked", function* () {
    const { cert, key } = certificates().selfSigned;
    const [c, s] = yield* tlsPair({ rejectUnauthorized: false }, serving({ cert, key }));
    expect(tlsInfo(c)).to.include({ isAuthorized: false, servername: null });
    expect(tlsInfo(s).servername).to.equal(null);
  });

  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    it(`has the session, with which a later connection is shorter, with ${maxVersion}`, function* () {
      const context = tlsContext(serving());
      const [c, s] = yield* encryptWith(yield* ipcPair(), trusting({ maxVersion }), context);
      yield* bsend(s, Buffer.from("x"), -1);
      yield* brecv(c, 1, -1);
      const { session } = tlsInfo(c);
      expect(session).to.be.instanceOf(Buffer);
      const later = trusting({ maxVersion, session: session ?? undefined });
      const [d, t] = yield* encryptWith(yield* ipcPair(), later, context);
      expect([tlsInfo(d).isResumed, tlsInfo(t).isResumed]).to.deep.equal([true, true]);
      expect(tlsInfo(d).isAuthorized).to.equal(true);
      // It serves the connections after that, too.
      const again = trusting({ maxVersion, session: tlsInfo(d).session });
      const [f, u] = yield* encryptWith(yield* ipcPair(), again, context);
      expect([tlsInfo(f).isResumed, tlsInfo(u).isResumed]).to.deep.equal([true, true]);
      expect(tlsInfo(u).session).to.equal(null);
      const [e] = yield* encrypt(yield* ipcPair(), later);
      expect(tlsInfo(e).isResumed).to.equal(false);
    });
  }

  it("has no session before it has come, and null is one that is not there", function* () {
    const [c] = yield* tlsPair(trusting({ maxVersion: "TLSv1.3", session: null }));
    expect(tlsInfo(c).session).to.equal(null);
  });

  describe("errors", () => {
    it("EBADF: the handle is not open", function* () {
      const [c] = yield* tlsPair();
      hclose(c);
      expect(codeOfCall(() => tlsInfo(c))).to.equal("EBADF");
    });

    it("ENOTSUP: the handle is no TLS socket", function* () {
      const b: unknown = bundle();
      expect(codeOfCall(() => tlsInfo(b as TlsSocket))).to.equal("ENOTSUP");
    });
  });
});
