// A certificate for localhost and its key, made by OpenSSL when a process first asks for it.
import { execFileSync } from "node:child_process";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

let made: Certificate | undefined;

export function certificate(): Certificate {
  made ??= make();
  return made;
}

function make(): Certificate {
  const ofKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const about = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const args = ["req", "-x509", ...ofKey, ...about, "-keyout", "-", "-out", "-"];
  const text = execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
  const end = text.indexOf("-----BEGIN CERTIFICATE");
  return { key: text.slice(0, end), cert: text.slice(end) };
}
