// The host in use: one constant object, whose members can be exchanged.
import type { Host } from "./host.js";
import { defaultHost } from "./node/nodeHost.js";

export const host: Host = { ...defaultHost };

/**
 * Puts another host in the place of the one in use, and returns how to put that back. Only while no
 * coroutine is alive.
 */
export function useHost(other: Host): () => void {
  const before: Host = { ...host };
  Object.assign(host, other);
  return () => void Object.assign(host, before);
}
