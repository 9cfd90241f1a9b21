// What TLS may be told: each option is looked at once, and what it can't be is EINVAL by its name.
import { expect } from "chai";
import { hclose, ipcPair, type Operation } from "libdill-ts";
import { tlsAttachClient, type TlsClientOptions, tlsContext } from "libdill-ts/tls";
import { codeOfCall, failureOf } from "../../support/failure.js";
import { itBoth as it } from "../../support/it.js";
import { hostile } from "../../support/optionsCases.js";
import { serving, trusting } from "../../support/tlsPair.js";

const noFlag = [null, 0, 1, "true", {}];
const noText = [null, 5, {}, true];
const noPem = [null, 5, {}, true, [5], [null], hostile()];
const noVersion = [null, 1.3, "1.3", "TLSv1.4", ["TLSv1.3"]];
const noNames = [null, "h2", [""], [5], ["x".repeat(256)], ["ü".repeat(128)], {}, hostile()];

const credentials = {
  cert: noPem,
  key: noPem,
  ca: noPem,
  crl: noPem,
  passphrase: noText,
  ciphers: noText,
  minVersion: noVersion,
  maxVersion: noVersion,
  alpn: noNames,
  rejectUnauthorized: noFlag,
  allowTruncation: noFlag,
};

interface Case {
  readonly syscall: string;
  readonly wrong: Readonly<Record<string, readonly unknown[]>>;
  readonly call: (options: object) => Operation<void>;
  readonly good: object;
}

const cases: readonly Case[] = [
  {
    syscall: "tls_context",
    wrong: {
      ...credentials,
      requestCert: noFlag,
      hosts: [null, 5, "b.example", [], { "b.example": null }, { "b.example": [] }, hostile()],
      ticketKeys: [null, 48, "x".repeat(48), Buffer.alloc(47), new Float64Array(48), hostile()],
    },
    *call(options) {
      tlsContext(options);
    },
    good: serving(),
  },
  {
    syscall: "tls_attach_client",
    wrong: {
      ...credentials,
      servername: noText,
      session: [5, "x", {}, hostile()],
      checkServerIdentity: [null, true, "x", {}],
      context: [null, 5, {}, serving(), hostile()],
    },
    *call(options) {
      const [a, z] = yield* ipcPair();
      hclose(z);
      try {
        yield* tlsAttachClient(a, options, -1);
      } finally {
        expect(codeOfCall(() => hclose(a))).to.equal("EBADF");
      }
    },
    good: trusting(),
  },
];

for (const { syscall, wrong, call, good } of cases) {
  describe(`options of ${syscall}`, () => {
    for (const [option, values] of Object.entries(wrong)) {
      it(`are EINVAL by the name of ${option}, if it is what it can't be`, function* () {
        for (const value of values) {
          const error = yield* failureOf(call({ ...good, [option]: value }));
          expect(error).to.include({ code: "EINVAL", syscall });
          expect(error.message).to.match(new RegExp(`\\b${option}\\b|\\bb\\.example\\b`));
        }
      });

      it(`are EINVAL by the name of ${option}, if it can't be read`, function* () {
        const cause = new Error("getter");
        const options = Object.defineProperty({ ...good }, option, {
          get() {
            throw cause;
          },
        });
        const error = yield* failureOf(call(options));
        expect(error).to.include({ code: "EINVAL", syscall, cause });
        expect(error.message).to.contain(option);
      });

      it(`look at ${option} once`, function* () {
        let looks = 0;
        const options = Object.defineProperty({ ...good }, option, {
          get(): unknown {
            looks += 1;
            return Reflect.get(good, option);
          },
        });
        try {
          yield* call(options);
        } catch {
          // its peer is gone
        }
        expect(looks).to.equal(1);
      });
    }

    it("are EINVAL if they are no object", function* () {
      for (const options of [null, 5, "x", [], hostile()]) {
        const error = yield* failureOf(call(options as TlsClientOptions));
        expect(error).to.include({ code: "EINVAL", syscall });
      }
    });
  });
}

describe("hosts of a context", () => {
  it("are EINVAL by the name of the host and of what it has", function* () {
    const options = serving({ hosts: { "b.example": { cert: 5 as unknown as string } } });
    const error = yield* failureOf(
      (function* () {
        tlsContext(options);
      })(),
    );
    const rule = "cert is PEM: text, bytes, or a list of these, not 5";
    expect(error.message).to.equal(`EINVAL: ${rule}, tls_context 'b.example'`);
  });
});
