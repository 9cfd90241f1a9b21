// The host's sockets of UDP, made when they are first used, and apart from the host as its local sockets are.
import type { Datagrams } from "./datagrams.js";
import { makeDatagrams } from "./node/nodeDatagrams.js";

let made: Datagrams | undefined;

export function datagrams(): Datagrams {
  made ??= makeDatagrams();
  return made;
}

/** Replaces them and returns a function that puts the previous ones back. Only while no coroutine is alive. */
export function useDatagrams(other: Datagrams): () => void {
  const before = made;
  made = other;
  return () => void (made = before);
}
