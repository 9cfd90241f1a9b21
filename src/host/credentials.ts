// Whom the host's local sockets are connected to: made when somebody first asks, and apart from the sockets as those are from
// the host.
import type { Credentials } from "./native/native.js";
import { makeCredentials } from "./node/nodeCredentials.js";

let made: Credentials | undefined;

export function credentials(): Credentials {
  made ??= makeCredentials();
  return made;
}
