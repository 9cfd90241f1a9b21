// What can go wrong in TLS, in our words.
import type { Failure } from "../sockets.js";
import { codeOf } from "./errnoOf.js";
import { Refusal } from "./identityCheck.js";

/** Alerts and errors that are about a certificate, the peer's or ours. */
const aboutTrust = /CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED/;

/** Node's error. It tells of an untrusted peer by an error of its own, which it notes elsewhere, too. */
export function tlsFailure(cause: Error | null, distrust: unknown): Failure {
  if (isSomething(distrust)) {
    const isSaid = cause !== null && codeOf(cause) !== "ECONNRESET";
    const why = isSaid ? cause.message : textOfDistrust(distrust);
    return {
      code: "EACCES",
      cause: cause instanceof Refusal ? cause.given : (cause ?? undefined),
      message: `the peer is not trusted: ${why}`,
    };
  }
  if (cause === null)
    return { code: "EPROTO", message: "the TLS connection has ended with an error" };
  const code = codeOf(cause);
  if (aboutTrust.test(code)) return { code: "EACCES", cause, message: reasonOf(cause) };
  return { code: "EPROTO", cause, message: reasonOf(cause) };
}

function isSomething(distrust: unknown): boolean {
  return distrust !== null && distrust !== undefined && distrust !== "";
}

function textOfDistrust(distrust: unknown): string {
  return distrust instanceof Error ? distrust.message : String(distrust);
}

/** OpenSSL's word for it. Its message has addresses and line numbers around that. */
function reasonOf(cause: Error): string {
  return "reason" in cause && typeof cause.reason === "string" ? cause.reason : cause.message;
}
