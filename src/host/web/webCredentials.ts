// There are no local sockets in a browser, and so nobody at their other ends.
import type { Credentials } from "../native/native.js";
import type { Failure } from "../sockets.js";

const failure: Failure = { code: "ENOTSUP", message: "there are no local sockets in a browser" };

export function makeCredentials(): Credentials {
  return { lack: () => failure, peerOf: () => failure };
}
