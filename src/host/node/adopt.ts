// Taking over descriptors that others have made.
import type { SocketConstructorOpts } from "node:net";
import type { Failure } from "../sockets.js";
import { checkDescriptor, type Wanted } from "./descriptor.js";
import { failureOf } from "./errnoOf.js";
import { isOurs } from "./ownDescriptors.js";
import type { SocketTable } from "./socketTables.js";

/** What `take` makes of the descriptor, if that is what is wanted and nobody has it. */
export function adopted<T>(
  fd: number,
  wanted: Wanted,
  table: SocketTable,
  take: () => T,
): T | Failure {
  const failure = checkDescriptor(fd, wanted, table);
  if (failure !== undefined) return failure;
  if (isOurs(fd)) {
    return { code: "EBUSY", message: `file descriptor ${fd} belongs to an open socket already` };
  }
  try {
    return take();
  } catch (error) {
    return failureOf(error);
  }
}

/** By itself a socket with a descriptor reads at once, and goes on reading. One that a server accepts does not. */
export function adoptedSocket(fd: number): SocketConstructorOpts {
  const likeAccepted = { pauseOnCreate: true };
  return { fd, allowHalfOpen: true, readable: true, writable: true, ...likeAccepted };
}
