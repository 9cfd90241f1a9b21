// The host in use: one constant object whose members can be replaced.
import type { Host } from "./host.js";
import { defaultHost } from "./node/nodeHost.js";

export const host: Host = { ...defaultHost };

/** Replaces the host and returns a function that puts the previous one back. Only while no coroutine is alive. */
export function useHost(other: Host): () => void {
  const before: Host = { ...host };
  Object.assign(host, other);
  return () => void Object.assign(host, before);
}
