// What comes from the peer is no TLS, or only the beginning of it, or was changed on its way. Each is an error with a name, and nothing is left.
import { expect } from "chai";
import fc from "fast-check";
import {
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  hclose,
  ipcPair,
  isErrno,
  type IpcSocket,
  now,
  type Operation,
  run,
} from "libdill-ts";
import { bytestreamType, hquery } from "libdill-ts/impl";
import { tlsAttachClient, tlsAttachServer, tlsContext, type TlsSocket } from "libdill-ts/tls";
import { codeOf, codeOrNone } from "../../support/failure.js";
import { it } from "../../support/it.js";
import { serving, tappedPair, trusting } from "../../support/tlsPair.js";

type Attach = (s: IpcSocket) => Operation<TlsSocket>;

/** Passes on what `change` makes of each byte, by its place; undefined: the connection ends before it. */
type Change = (byte: number, place: number) => number | undefined;

const unchanged: Change = (byte) => byte;
const patience = 1000;

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  const context = (): ReturnType<typeof tlsContext> => tlsContext(serving({ maxVersion: version }));
  const asClient: Attach = (s) => tlsAttachClient(s, trusting(), now() + patience);

  describe(`a handshake of ${version} that is broken`, function () {
    this.timeout(60_000);
    const shared = context;

    /** How both sides fare, and how many bytes each has sent. */
    function* meet(toClient: Change, toServer: Change, using: ReturnType<typeof context>) {
      const [a, nearServer] = yield* ipcPair();
      const [nearClient, z] = yield* ipcPair();
      const codes = ["", ""];
      const lengths = [0, 0];
      const ends = bundle();
      const wires = bundle();
      bundleGo(ends, attach(0, asClient(a)));
      bundleGo(ends, attach(1, tlsAttachServer(z, using, now() + patience)));
      bundleGo(wires, pass(nearClient, nearServer, toClient, 0));
      bundleGo(wires, pass(nearServer, nearClient, toServer, 1));
      yield* bundleWait(ends, -1);
      hclose(wires);
      hclose(ends);
      hclose(nearServer);
      hclose(nearClient);
      return { client: codes[0], server: codes[1], lengths };

      function* attach(i: number, op: Operation<TlsSocket>): Coroutine {
        codes[i] = yield* codeOrNone(
          (function* () {
            const s = yield* op;
            if (i === 0) yield* codeOrNone(brecvSome(s, 1, now() + 1));
            hclose(s);
          })(),
        );
      }

      function* pass(from: Bytestream, to: Bytestream, change: Change, i: number): Coroutine {
        for (;;) {
          let chunk: Buffer;
          try {
            chunk = yield* brecvSome(from, 65_536, -1);
          } catch (error) {
            if (!isErrno(error, "EPIPE", "ECONNRESET")) throw error;
            endOf(to);
            return;
          }
          const start = lengths[i] as number;
          lengths[i] = start + chunk.length;
          const passed = [...chunk].map((byte, k) => change(byte, start + k));
          const end = passed.indexOf(undefined);
          const bytes = Uint8Array.from(passed.slice(0, end < 0 ? undefined : end) as number[]);
          yield* codeOrNone(bsend(to, bytes, -1));
          if (end < 0) continue;
          endOf(to);
          return;
        }
      }
    }

    for (const side of ["client", "server"] as const) {
      it(`is ECONNRESET to the ${side}, wherever the stream ends`, function* () {
        const using = shared();
        const whole = yield* meet(unchanged, unchanged, using);
        expect(whole).to.include({ client: "none", server: "none" });
        const total = whole.lengths[side === "client" ? 0 : 1] as number;
        const seen = new Set<string | undefined>();
        const step = version === "TLSv1.3" ? 1 : 11;
        for (let at = 0; at < total; at += step) {
          const cut: Change = (byte, place) => (place < at ? byte : undefined);
          const ended =
            side === "client"
              ? yield* meet(cut, unchanged, using)
              : yield* meet(unchanged, cut, using);
          seen.add(ended[side]);
        }
        expect([...seen]).to.include("ECONNRESET");
        seen.delete("none"); // the last bytes are tickets, which no handshake needs
        expect([...seen]).to.deep.equal(["ECONNRESET"]);
      });

      it(`is an error to the ${side} if a byte has changed`, function* () {
        const using = shared();
        const { lengths } = yield* meet(unchanged, unchanged, using);
        const total = lengths[side === "client" ? 0 : 1] as number;
        const known = ["EACCES", "ECONNRESET", "EPROTO", "ETIMEDOUT", "none"];
        for (let at = 0; at < Math.min(total, 800); at += 23) {
          if (at % 5 === 3 || at % 5 === 4) continue; // a longer record is waited for
          const flip: Change = (byte, place) => (place === at ? byte ^ 0x40 : byte);
          const ended =
            side === "client"
              ? yield* meet(flip, unchanged, using)
              : yield* meet(unchanged, flip, using);
          expect(ended[side], `byte ${at}`).to.be.oneOf(known);
        }
      });
    }

    it("is EPROTO if the peer speaks HTTP, or anything else", function* () {
      const answers = [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "220 mail ESMTP\r\n",
        "\0".repeat(100),
        "GET / HTTP/1.1\r\n\r\n",
      ];
      for (const answer of answers) {
        const server: Attach = (s) => tlsAttachServer(s, shared(), now() + patience);
        for (const op of [asClient, server]) {
          const [a, z] = yield* ipcPair();
          yield* bsend(z, Buffer.from(answer), -1);
          expect(yield* codeOf(op(a)), answer).to.equal("EPROTO");
          hclose(z);
        }
      }
    });

    it("is an error with a name, whatever comes", async () => {
      const known = ["ECONNRESET", "EPROTO"];
      const using = shared();
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
          await run(
            (function* () {
              for (const op of [
                asClient,
                ((s) => tlsAttachServer(s, using, now() + patience)) as Attach,
              ]) {
                const [a, z] = yield* ipcPair();
                yield* bsend(z, bytes, -1);
                endOf(z);
                expect(yield* codeOf(op(a))).to.be.oneOf(known);
                hclose(z);
              }
            })(),
          );
        }),
        { numRuns: 100 },
      );
    });
  });
}

describe("a TLS connection that is broken", () => {
  it("is EPROTO to a receiver, and ECONNRESET from then on, both ways", function* () {
    for (const bytes of [
      Buffer.from("HTTP/1.1 400\r\n"),
      Buffer.from([23, 3, 3, 0, 20, ...Buffer.alloc(20)]),
    ]) {
      const { c, wire } = yield* tappedPair();
      yield* bsend(wire, bytes, -1);
      expect(yield* codeOf(brecvSome(c, 1, -1))).to.equal("EPROTO");
      expect(yield* codeOf(brecvSome(c, 1, -1))).to.equal("ECONNRESET");
      expect(yield* codeOf(bsend(c, Buffer.from("x"), -1))).to.equal("ECONNRESET");
    }
  });
});

function endOf(s: Bytestream): void {
  try {
    hquery(s, bytestreamType).done?.("done");
  } catch (error) {
    if (!isErrno(error, "EPIPE", "ECONNRESET")) throw error;
  }
}
