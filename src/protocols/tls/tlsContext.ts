import { dillError, inspectSafely, Options, textOf } from "../../errors/index.js";
import {
  hostTls,
  type HostTlsContext,
  type TlsCredentials,
  type TlsServerSettings,
} from "../../host/tls/index.js";
import { isBytes, readAlpn, readCredentials, readHosts } from "./options.js";

const syscall = "tls_context";
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
  const given = new Options<TlsContextOptions>(options, syscall);
  const settings = settingsOf(given);
  const allowTruncation = given.flag("allowTruncation", false);
  const host = orInvalid(syscall, () => hostTls().context(settings));
  return { [inside]: { host, allowTruncation } };
}

function settingsOf(given: Options<TlsContextOptions>): TlsServerSettings {
  return {
    ...readCredentials(given),
    alpn: readAlpn(given),
    requestCert: given.flag("requestCert", false),
    rejectUnauthorized: given.flag("rejectUnauthorized", true),
    hosts: readHosts(given, syscall),
    ticketKeys: given.read("ticketKeys", undefined, "48 bytes", areKeys),
  };
}

function areKeys(value: unknown): value is Uint8Array {
  return isBytes(value) && value.length === 48;
}

export function contextOf(given: unknown, asker: string): ContextRecord {
  if (inspectSafely(() => isContext(given), false)) return (given as TlsContext)[inside];
  const message = `a context is made by tlsContext, unlike ${textOf(given)}`;
  throw dillError("EINVAL", asker, { message });
}

export function isContext(given: unknown): given is TlsContext {
  return typeof given === "object" && given !== null && inside in given;
}

/** What Node throws at once, it throws because of an argument. */
export function orInvalid<T>(asker: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : textOf(cause);
    throw dillError("EINVAL", asker, { cause, message });
  }
}
