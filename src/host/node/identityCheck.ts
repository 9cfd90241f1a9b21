// The program's own comparison of a certificate with a name. Node calls it in a callback that nobody has called, so that what it
// throws would end the process, and Node looks into what it returns there.
import type { PeerCertificate } from "node:tls";
import { inspectSafely, textOf } from "../../errors/index.js";

type Check = (servername: string, cert: PeerCertificate) => Error | undefined;

/** What Node is told in place of the program's own error. */
export class Refusal extends Error {
  readonly given: unknown;

  constructor(given: unknown, message: string) {
    super(message === "" ? "checkServerIdentity says so" : message); // without one, Node would note no distrust
    this.given = given;
  }
}

/** The server is trusted only if the check returns nothing. */
export function guardedCheck(check: Check): Check {
  return (servername, cert) => {
    let answer: unknown;
    try {
      answer = check(servername, cert);
    } catch (error) {
      return new Refusal(error, `checkServerIdentity has thrown: ${messageOf(error)}`);
    }
    if (answer === undefined || answer === null) return undefined;
    if (isError(answer)) return new Refusal(answer, messageOf(answer));
    handleRejection(answer);
    const what = `checkServerIdentity has returned ${textOf(answer)}, which is no Error`;
    return new Refusal(answer, what);
  };
}

function isError(value: unknown): value is Error {
  return inspectSafely(() => value instanceof Error, false);
}

function messageOf(error: unknown): string {
  return inspectSafely(
    () => (error instanceof Error ? textOf(error.message) : textOf(error)),
    textOf(error),
  );
}

/** A check that is an async function is refused, and what becomes of it does not matter then. */
function handleRejection(answer: unknown): void {
  const isPromise = inspectSafely(() => answer instanceof Promise, false);
  if (isPromise) void Promise.prototype.then.call(answer, undefined, () => {});
}
