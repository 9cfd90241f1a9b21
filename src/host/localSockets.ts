// The host's local sockets, made when they are first used. They are apart from the host, so that bundlers leave them out
// of programs that have none.
import { makeSockets } from "./node/nodeSockets.js";
import type { LocalSockets } from "./sockets.js";

let made: LocalSockets | undefined;

export function sockets(): LocalSockets {
  made ??= makeSockets();
  return made;
}

/** Replaces them and returns a function that puts the previous ones back. Only while no coroutine is alive. */
export function useSockets(other: LocalSockets): () => void {
  const before = made;
  made = other;
  return () => void (made = before);
}
