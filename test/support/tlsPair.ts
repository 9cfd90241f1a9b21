// Both ends of a TLS connection, on both ends of something else.
import {
  bundleGo,
  bundleWait,
  type Bytestream,
  copyBidirectional,
  go,
  hclose,
  ipcPair,
  now,
  scope,
} from "libdill-ts";
import {
  tlsAttachClient,
  tlsAttachServer,
  type TlsClientOptions,
  tlsContext,
  type TlsContext,
  type TlsContextOptions,
  type TlsSocket,
} from "libdill-ts/tls";
import { certificates } from "./certificates.js";

/** What a client needs to know of the authority that all tests share. */
export function trusting(options: Partial<TlsClientOptions> = {}): TlsClientOptions {
  return { servername: "localhost", ca: certificates().authority.cert, ...options };
}

export function serving(options: TlsContextOptions = {}): TlsContextOptions {
  const { cert, key } = certificates().server;
  return { cert, key, ...options };
}

/** The two ends of what was given, as a client and a server. */
export function* encrypt<S extends Bytestream>(
  ends: readonly [S, S],
  client: TlsClientOptions = trusting(),
  server: TlsContextOptions = serving(),
) {
  return yield* encryptWith(ends, client, tlsContext(server));
}

/** The same, with a context that others share. */
export function* encryptWith<S extends Bytestream>(
  [a, z]: readonly [S, S],
  client: TlsClientOptions,
  context: TlsContext,
) {
  const deadline = now() + 10_000;
  // A scope, and not go: so it works in an Effection program, too.
  return yield* scope(function* (b) {
    const ends: TlsSocket<S>[] = [];
    bundleGo(
      b,
      (function* () {
        ends[1] = yield* tlsAttachServer(z, context, deadline);
      })(),
    );
    ends[0] = yield* tlsAttachClient(a, client, deadline);
    yield* bundleWait(b, deadline);
    return ends as [TlsSocket<S>, TlsSocket<S>];
  });
}

/** The same on local sockets. */
export function* tlsPair(client?: TlsClientOptions, server?: TlsContextOptions) {
  return yield* encrypt(yield* ipcPair(), client, server);
}

/**
 * A client whose handshake is over, and the wire from which it receives: what the test sends there comes to the client in place of
 * what its server sends.
 */
export function* tappedPair(client?: TlsClientOptions, server?: TlsContextOptions) {
  const [a, wire] = yield* ipcPair();
  const [far, z] = yield* ipcPair();
  const relay = go(
    (function* () {
      yield* copyBidirectional(wire, far, -1);
    })(),
  );
  const [c, s] = yield* encrypt([a, z], client, server);
  hclose(relay);
  return { c, s, wire, far };
}
