// TLS as the house sees it: an engine that turns plain bytes into records and back. It knows of no wire. The carrier of the
// records is a bytestream of ours, so the one who uses the engine moves them.
import type { PeerCertificate } from "node:tls";
import type { X509Certificate } from "node:crypto";
import type { Failure } from "../sockets.js";

export type { PeerCertificate, X509Certificate };

/** A version of TLS. */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** A certificate or a key in PEM: a text, its bytes, or several of them. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** Who this side is, whom it trusts, and how it may encrypt. What is not given is Node's default. */
export interface TlsCredentials {
  /** Certificates in PEM: this side's, and behind it those that lead to an authority. */
  readonly cert?: Pem | undefined;
  /** The certificate's private key, in PEM. */
  readonly key?: Pem | undefined;
  /** For a key that is encrypted. */
  readonly passphrase?: string | undefined;
  /** Certificates of the authorities that are trusted, in PEM, in place of the well-known ones. */
  readonly ca?: Pem | undefined;
  /** Lists of revoked certificates, in PEM. */
  readonly crl?: Pem | undefined;
  /** Names of ciphers, as OpenSSL lists them: `"ECDHE-RSA-AES128-GCM-SHA256:…"`. */
  readonly ciphers?: string | undefined;
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
}

export interface TlsServerSettings extends TlsCredentials {
  readonly alpn?: readonly string[] | undefined;
  readonly requestCert?: boolean | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
  readonly hosts?: Readonly<Record<string, TlsCredentials>> | undefined;
  readonly ticketKeys?: Uint8Array | undefined;
}

export interface TlsClientSettings extends TlsCredentials {
  readonly servername?: string | undefined;
  readonly alpn?: readonly string[] | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
  readonly session?: Uint8Array | null | undefined;
  readonly checkServerIdentity?:
    | ((servername: string, cert: PeerCertificate) => Error | undefined)
    | undefined;
  readonly context?: HostTlsContext | undefined;
}

/** What was agreed on. */
export interface TlsInfo {
  readonly protocol: string;
  /** The cipher, as the standards call it: `"TLS_AES_256_GCM_SHA384"`. */
  readonly cipher: string;
  /** The protocol that was chosen; null if none was. */
  readonly alpn: string | null;
  /** The name that the client has asked for; null if it has not. */
  readonly servername: string | null;
  /** The peer's certificate; null if it has shown none. */
  readonly peerCertificate: X509Certificate | null;
  /** Whether the peer's certificate was checked and is trusted. */
  readonly isAuthorized: boolean;
  /** Whether the handshake took up an earlier session. */
  readonly isResumed: boolean;
  /** Of a client: what it needs to take the session up later. Null until the server has sent it. */
  readonly session: Buffer | null;
}

/** Credentials that were read and found good. */
export interface HostTlsContext {
  readonly isContext: true;
}

export interface HostTls {
  /** Throws what the system throws. */
  context(settings: TlsServerSettings): HostTlsContext;
  /** Begins a handshake. Throws what the system throws. */
  client(settings: TlsClientSettings, events: TlsEvents): TlsEngine;
  server(context: HostTlsContext, events: TlsEvents): TlsEngine;
}

/** One end of a TLS connection. */
export interface TlsEngine {
  /** The handshake is over, and the peer is trusted as far as that was asked for. */
  readonly isSecure: boolean;
  readonly failure: Failure | null;
  /** The peer has said that it will send nothing more. */
  readonly hasEnded: boolean;
  /** Nothing is under way inside: what is encrypted now comes out at once. If not, `settled` will follow. */
  readonly isSettled: boolean;
  /** Takes one record of the peer's, or what is none. Reports `decrypted` inside the call. */
  decrypt(record: Uint8Array): void;
  encrypt(list: readonly Uint8Array[]): void;
  /** Says that nothing more will be encrypted: the last record is the one that tells the peer. */
  end(): void;
  /** The records that have come out. */
  takeOutput(): Uint8Array[];
  /** What was agreed on in the handshake. */
  info(): TlsInfo;
  /** Leaves nothing behind, and reports nothing any more. */
  close(): void;
}

export interface TlsEvents {
  /** Nobody else uses the bytes. */
  decrypted(bytes: Buffer): void;
  /** Records have come out while nobody was calling. */
  emerged(): void;
  settled(): void;
}
