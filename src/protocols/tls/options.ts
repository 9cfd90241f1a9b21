// What TLS may be told, checked. Node reads certificates and keys.
import { dillError, Options } from "../../errors/index.js";
import type { Pem, TlsCredentials, TlsVersion } from "../../host/tls/index.js";

/** What both sides may be told about their protocols. */
interface Named {
  readonly alpn?: readonly string[] | undefined;
}

const pem = "PEM: text, bytes, or a list of these";
const versions: readonly unknown[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

export function readCredentials(options: Options<TlsCredentials>): TlsCredentials {
  const version = `one of ${versions.join(", ")}`;
  return {
    cert: options.read("cert", undefined, pem, isPem),
    key: options.read("key", undefined, pem, isPem),
    passphrase: options.read("passphrase", undefined, "text", isText),
    ca: options.read("ca", undefined, pem, isPem),
    crl: options.read("crl", undefined, pem, isPem),
    ciphers: options.read("ciphers", undefined, "text", isText),
    minVersion: options.read("minVersion", undefined, version, isVersion),
    maxVersion: options.read("maxVersion", undefined, version, isVersion),
  };
}

export function readAlpn(options: Options<Named>): readonly string[] | undefined {
  return options.read("alpn", undefined, "a list of names, each from 1 to 255 bytes", areNames);
}

/** By the name of a server, the credentials that it has. */
export function readHosts(
  options: Options<{ readonly hosts?: Readonly<Record<string, TlsCredentials>> | undefined }>,
  syscall: string,
): Readonly<Record<string, TlsCredentials>> | undefined {
  const hosts = options.read("hosts", undefined, "an object, of credentials by name", isObject);
  if (hosts === undefined) return undefined;
  const read = ([name, own]: [string, TlsCredentials]): [string, TlsCredentials] => {
    return [name, readCredentials(new Options(own, syscall, name))];
  };
  return Object.fromEntries(entriesOf(hosts, syscall).map(read));
}

function entriesOf(hosts: object, syscall: string): [string, TlsCredentials][] {
  try {
    return Object.entries(hosts);
  } catch (cause) {
    throw dillError("EINVAL", syscall, { cause, message: "hosts can't be read" });
  }
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function isPem(value: unknown): value is Pem {
  return isOnePem(value) || (Array.isArray(value) && value.every(isOnePem));
}

function isOnePem(value: unknown): boolean {
  return isText(value) || isBytes(value);
}

function isVersion(value: unknown): value is TlsVersion {
  return versions.includes(value);
}

function areNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => isText(name) && isName(name));
}

function isName(name: string): boolean {
  const length = Buffer.byteLength(name);
  return length >= 1 && length <= 255;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
