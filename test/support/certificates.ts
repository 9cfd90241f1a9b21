// Certificates, good and bad, made by OpenSSL when a test first asks for one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, as PEM and as files. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

interface Making {
  /** Who signs it; itself if nobody is given. */
  readonly by?: Certified;
  /** The names that it is for: `"DNS:localhost"`. */
  readonly names?: string;
  readonly isAuthority?: boolean;
  /** When it ends, from now on. */
  readonly days?: number;
}

interface Certificates {
  readonly authority: Certified;
  /** For localhost and 127.0.0.1. */
  readonly server: Certified;
  /** For other.example. */
  readonly other: Certified;
  readonly client: Certified;
  readonly expired: Certified;
  readonly selfSigned: Certified;
  /** Signed by an authority that the authority has signed, of which it shows the certificate. */
  readonly chained: Certified;
  readonly intermediate: Certified;
}

let folder: string | undefined;
let made: Certificates | undefined;

export function certificates(): Certificates {
  made ??= makeAll();
  return made;
}

process.once("exit", () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
  made = undefined;
});

function makeAll(): Certificates {
  const authority = make("authority", { isAuthority: true });
  const intermediate = make("intermediate", { by: authority, isAuthority: true });
  const names = "DNS:localhost,IP:127.0.0.1";
  const leaf = make("leaf", { by: intermediate, names });
  return {
    authority,
    intermediate,
    server: make("server", { by: authority, names }),
    other: make("other", { by: authority, names: "DNS:other.example" }),
    client: make("client", { by: authority, names: "DNS:client" }),
    expired: make("expired", { by: authority, names, days: -1 }),
    selfSigned: make("self-signed", { names }),
    chained: withCert(leaf, leaf.cert + intermediate.cert),
  };
}

/** The same with other certificates: a chain, say. */
export function withCert(of: Certified, cert: string): Certified {
  const certFile = `${of.certFile}.chain`;
  writeFileSync(certFile, cert);
  return { ...of, cert, certFile };
}

function make(name: string, { by, names, isAuthority = false, days = 30 }: Making): Certified {
  folder ??= mkdtempSync(join(tmpdir(), "certificates-"));
  const [certFile, keyFile, request, extensions] = ["crt", "key", "csr", "ext"].map((end) =>
    join(folder as string, `${name}.${end}`),
  ) as [string, string, string, string];
  const subject = ["-subj", `/CN=${name}`];
  const ofKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-new", ...ofKey, "-keyout", keyFile, "-out", request, ...subject);
  const lines = [`basicConstraints=critical,CA:${isAuthority ? "TRUE" : "FALSE"}`];
  if (names !== undefined) lines.push(`subjectAltName=${names}`);
  writeFileSync(extensions, lines.join("\n"));
  const signed = by === undefined ? ["-key", keyFile] : ["-CA", by.certFile, "-CAkey", by.keyFile];
  const how = ["-req", "-in", request, "-days", String(days), "-extfile", extensions];
  openssl("x509", ...how, ...signed, "-set_serial", String(Date.now()), "-out", certFile);
  return { cert: textOf(certFile), key: textOf(keyFile), certFile, keyFile };
}

function openssl(...args: readonly string[]): void {
  try {
    execFileSync("openssl", args, { stdio: "pipe" });
  } catch (cause) {
    throw new Error("certificates are made by openssl: install the Debian package openssl", {
      cause,
    });
  }
}

function textOf(file: string): string {
  return readFileSync(file, "utf8");
}
