import { dillError } from "../errors/index.js";
import type { Descriptive } from "../sockets/index.js";

/** The descriptor of a socket or a listener. `ENOTSUP`: it has none, as in a simulation. */
export function descriptorOf(s: Descriptive, syscall: string): number {
  const fd = s.descriptor();
  if (fd >= 0) return fd;
  throw dillError("ENOTSUP", syscall, "the system has no descriptor for this socket");
}
