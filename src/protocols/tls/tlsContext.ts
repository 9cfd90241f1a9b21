import { dillError, textOf } from "../../errors/index.js";
import {
  hostTls,
  type HostTlsContext,
  type TlsCredentials,
  type TlsServerSettings,
} from "../../host/tls/index.js";

const inside: unique symbol = Symbol("context");

/** Credentials that were read once, for many connections: see {@link tlsContext}. */
export interface TlsContext {
  readonly [inside]: ContextRecord;
}

export interface ContextRecord {
  readonly host: HostTlsContext;
  readonly allowTruncation: boolean;
}

/** What {@link tlsContext} may be told, besides who this side is and whom it trusts. */
export interface TlsContextOptions extends TlsCredentials {
  /** The protocols that a server speaks, the one that it likes best first: `["h2", "http/1.1"]`. A client that offers none of them is refused. */
  readonly alpn?: readonly string[] | undefined;
  /** Whether a server asks clients for a certificate. */
  readonly requestCert?: boolean | undefined;
  /** Whether a client without a trusted certificate is refused, if one is asked for; true if not given. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Other certificates of a server, by the name that the client asks for: `"b.example"`, `"*.example"`. */
  readonly hosts?: Readonly<Record<string, TlsCredentials>> | undefined;
  /** 48 bytes that encrypt sessions. Servers that share them can take up each other's. */
  readonly ticketKeys?: Uint8Array | undefined;
  /** A connection that ends without the farewell of TLS has ended in good order: `EPIPE` and not `ECONNRESET`. */
  readonly allowTruncation?: boolean | undefined;
}

/**
 * Reads certificates and keys, once for many connections. Making one takes a millisecond; servers share it, and sessions can only
 * be taken up with the context in which they began.
 *
 * Unlike libdill, which reads files at each attach, it takes the PEM itself. Never blocks.
 *
 * @param options - Who this side is, whom it trusts, and what it asks of peers.
 * @returns The context, for {@link tlsAttachServer} and, as an option, for {@link tlsAttachClient}.
 * @throws {@link DillError}
 * - `EINVAL`: a certificate or a key is none, they don't belong together, or another option is wrong. `cause` is Node's error.
 * Source: tls.createSecureContext and tls.createServer of Node, https://nodejs.org/api/tls.html
 */
export function tlsContext(options: TlsContextOptions): TlsContext {
  const { allowTruncation = false } = options;
  const host = orInvalid("tls_context", () => hostTls().context(checked(options)));
  return { [inside]: { host, allowTruncation } };
}

/** Node checks what it uses. What it would take for something else is checked here. */
function checked(options: TlsContextOptions): TlsServerSettings {
  checkAlpn(options.alpn, "tls_context");
  const { ticketKeys } = options;
  if (ticketKeys !== undefined && ticketKeys.length !== 48) {
    const message = `ticketKeys are 48 bytes, not ${ticketKeys.length}`;
    throw dillError("EINVAL", "tls_context", { message });
  }
  return options;
}

export function checkAlpn(alpn: readonly string[] | undefined, syscall: string): void {
  for (const name of alpn ?? []) {
    const length = typeof name === "string" ? Buffer.byteLength(name) : 0;
    if (length >= 1 && length <= 255) continue;
    const message = `a protocol's name has from 1 to 255 bytes, unlike ${textOf(name)}`;
    throw dillError("EINVAL", syscall, { message });
  }
}

export function contextOf(given: unknown, syscall: string): ContextRecord {
  if (typeof given === "object" && given !== null && inside in given) {
    return (given as TlsContext)[inside];
  }
  const message = `a context is made by tlsContext, unlike ${textOf(given)}`;
  throw dillError("EINVAL", syscall, { message });
}

/** What Node throws at once, it throws because of an argument. */
export function orInvalid<T>(syscall: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : textOf(cause);
    throw dillError("EINVAL", syscall, { cause, message });
  }
}
