// Which descriptors our own sockets and listeners use.
//
// Node notices that a descriptor is in use only while it reads from it. A socket that nobody reads could be adopted
// a second time, and libuv aborts the process when both close the descriptor. So every socket and listener registers
// here while it is open. Adopting is rare and looks through all of them; opening and closing must be cheap.

/** A Node socket or server. The handle has the number, also while a connect is under way. */
interface Inside {
  readonly _handle?: { readonly fd?: number } | null;
}

const open = new Set<object>();

export function noteOpen(socket: object): void {
  open.add(socket);
}

export function noteClosed(socket: object): void {
  open.delete(socket);
}

export function countOpen(): number {
  return open.size;
}

export function isOurs(fd: number): boolean {
  for (const socket of open) if (descriptorOf(socket) === fd) return true;
  return false;
}

/** The descriptor that a Node socket or server uses now; -1 if there is none. */
export function descriptorOf(socket: object): number {
  const { _handle: handle }: Inside = socket;
  return handle?.fd ?? -1;
}
