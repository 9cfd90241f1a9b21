// Node's TLS: contexts, and the two kinds of engine.
import type { ConnectionOptions, SecureContext, SecureContextOptions, Server } from "node:tls";
import type {
  HostTls,
  HostTlsContext,
  Pem,
  TlsClientSettings,
  TlsCredentials,
  TlsEvents,
  TlsServerSettings,
} from "../tls/tls.js";
import { crypto, net, tls } from "./builtin.js";
import { guardedCheck } from "./identityCheck.js";
import { ClientEngine, ServerEngine } from "./tlsEngine.js";

export function makeTls(): HostTls {
  return {
    context: (settings) => new NodeTlsContext(settings),
    client: (settings, events) => new ClientEngine(connectOptions(settings), events),
    server: (context, events) => serverEngine(context, events),
  };
}

/** A server's timeout is the deadline of its attach. Node's own can't be turned off. */
const never = 2 ** 31 - 1;

class NodeTlsContext implements HostTlsContext {
  readonly isContext = true;
  readonly secure: SecureContext;
  readonly #settings: TlsServerSettings;
  readonly #hosts: readonly (readonly [string, SecureContext])[];
  #server: Server | undefined;

  constructor(settings: TlsServerSettings) {
    this.secure = tls().createSecureContext(credentials(settings));
    this.#settings = settings;
    this.#hosts = Object.entries(settings.hosts ?? {}).map(([host, own]) => [
      host,
      tls().createSecureContext(credentials(own)),
    ]);
  }

  /** It never listens. Node's servers refuse clients without a trusted certificate, which Node's bare TLSSocket does not. */
  get server(): Server {
    this.#server ??= this.#makeServer();
    return this.#server;
  }

  #makeServer(): Server {
    const { alpn, requestCert = false, rejectUnauthorized = true, ticketKeys } = this.#settings;
    const server = tls().createServer({
      ...credentials(this.#settings),
      requestCert,
      rejectUnauthorized,
      handshakeTimeout: never,
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      ...(ticketKeys === undefined ? {} : { ticketKeys: bufferOf(ticketKeys) }),
    });
    for (const [host, context] of this.#hosts) server.addContext(host, context);
    return server;
  }
}

function serverEngine(context: HostTlsContext, events: TlsEvents): ServerEngine {
  return new ServerEngine((context as NodeTlsContext).server, events);
}

function connectOptions(settings: TlsClientSettings): ConnectionOptions {
  const { alpn, context, session, rejectUnauthorized = true } = settings;
  return {
    ...credentials(settings),
    rejectUnauthorized,
    ...nameOf(settings.servername),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(session === undefined || session === null ? {} : { session: bufferOf(session) }),
    ...(context === undefined ? {} : { secureContext: (context as NodeTlsContext).secure }),
    ...identityCheck(settings),
  };
}

/** Node says what is wrong with one that is no function. */
function identityCheck({ checkServerIdentity: check }: TlsClientSettings): ConnectionOptions {
  if (check === undefined) return {};
  return { checkServerIdentity: typeof check === "function" ? guardedCheck(check) : check };
}

/** An address is no name that a client could ask for: the certificate alone is compared with it. */
function nameOf(servername: string | undefined): ConnectionOptions {
  if (servername === undefined) return {};
  return net().isIP(servername) === 0 ? { servername } : { host: servername };
}

function credentials(given: TlsCredentials): SecureContextOptions {
  const { cert, key, passphrase, ca, crl, ciphers, minVersion, maxVersion } = given;
  return {
    ...(cert === undefined ? {} : { cert: pems(cert) }),
    ...(key === undefined ? {} : { key: pems(key) }),
    ...(ca === undefined ? {} : { ca: authorities(ca) }),
    ...(crl === undefined ? {} : { crl: pems(crl) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}

/** Node says nothing of an authority's certificate that is none: here it is read once more. */
function authorities(given: Pem): (string | Buffer)[] {
  const { X509Certificate } = crypto();
  const read = (pem: string | Buffer): string => new X509Certificate(pem).subject;
  return pems(given).filter((pem) => typeof read(pem) === "string");
}

function pems(given: Pem): (string | Buffer)[] {
  const list = typeof given === "string" || given instanceof Uint8Array ? [given] : given;
  return list.map((pem) => (typeof pem === "string" ? pem : bufferOf(pem)));
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
