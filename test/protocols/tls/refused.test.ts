// What each side sees when one refuses the other: the table of docs/guide/tls.md.
import { expect } from "chai";
import { brecv, type Coroutine, go, hclose, ipcPair, join, now } from "libdill-ts";
import {
  tlsAttachClient,
  tlsAttachServer,
  type TlsClientOptions,
  tlsContext,
  type TlsContextOptions,
  type TlsSocket,
} from "libdill-ts/tls";
import { certificates } from "../../support/certificates.js";
import { failureOf } from "../../support/failure.js";
import { itBoth as it } from "../../support/it.js";
import { serving, trusting } from "../../support/tlsPair.js";

interface Case {
  readonly what: string;
  readonly server: () => TlsContextOptions;
  readonly client: () => TlsClientOptions;
  /** By TLS's version: what the client sees, and what the server sees. */
  readonly seen: Readonly<Record<"TLSv1.3" | "TLSv1.2", readonly [string, string]>>;
}

const attachClient = "tls_attach_client";
const attachServer = "tls_attach_server";

/** Of who refuses, and who is refused during the handshake or with the first receive. */
const refusingServer = {
  "TLSv1.3": [`EACCES ${attachClient}`, `ECONNRESET ${attachServer}`],
  "TLSv1.2": [`EACCES ${attachClient}`, "ECONNRESET brecv"],
} as const;

const cases: readonly Case[] = [
  {
    what: "a server of an unknown authority",
    server: () => own("selfSigned"),
    client: trusting,
    seen: refusingServer,
  },
  {
    what: "a server of another name",
    server: () => own("other"),
    client: trusting,
    seen: refusingServer,
  },
  {
    what: "a client without a certificate",
    server: asking,
    client: trusting,
    seen: {
      "TLSv1.3": ["EACCES brecv", `EACCES ${attachServer}`],
      "TLSv1.2": [`EPROTO ${attachClient}`, `EACCES ${attachServer}`],
    },
  },
  {
    what: "a client of an unknown authority",
    server: asking,
    client: () => trusting(own("selfSigned")),
    seen: {
      "TLSv1.3": ["ECONNRESET brecv", `EACCES ${attachServer}`],
      "TLSv1.2": [`ECONNRESET ${attachClient}`, `EACCES ${attachServer}`],
    },
  },
];

describe("who is refused over TLS", () => {
  for (const { what, server, client, seen } of cases) {
    for (const version of ["TLSv1.3", "TLSv1.2"] as const) {
      it(`sees what the guide says, as ${what}, in ${version}`, function* () {
        const [a, b] = yield* ipcPair();
        const context = tlsContext({ ...server(), maxVersion: version });
        const atServer = go(endOf(() => tlsAttachServer(b, context, now() + 5000)));
        const atClient = yield* endOf(() => tlsAttachClient(a, client(), now() + 5000));
        expect([atClient, yield* join(atServer, -1)]).to.deep.equal(seen[version]);
        hclose(atServer);
      });
    }
  }
});

function own(name: "selfSigned" | "other"): TlsContextOptions {
  const { cert, key } = certificates()[name];
  return { cert, key };
}

function asking(): TlsContextOptions {
  return serving({ ca: certificates().authority.cert, requestCert: true });
}

/** The error of the attach, or else of the first receive. */
function* endOf(attach: () => ReturnType<typeof tlsAttachClient>): Coroutine<string> {
  let s: TlsSocket | undefined;
  const error = yield* failureOf(
    (function* () {
      s = yield* attach();
      yield* brecv(s, 1, now() + 5000);
    })(),
  );
  if (s !== undefined) hclose(s);
  return `${error.code} ${error.syscall}`;
}
