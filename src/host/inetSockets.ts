// The host's sockets of TCP, made when they are first used, and apart from the host as its local sockets are.
import type { InetSockets } from "./inet.js";
import { makeInet } from "./node/nodeInet.js";

let made: InetSockets | undefined;

export function inet(): InetSockets {
  made ??= makeInet();
  return made;
}

/** Replaces them and returns a function that puts the previous ones back. Only while no coroutine is alive. */
export function useInet(other: InetSockets): () => void {
  const before = made;
  made = other;
  return () => void (made = before);
}
