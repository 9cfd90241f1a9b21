// Which sockets keep the descriptors that come.
import { dillError } from "../errors/index.js";
import { type Connection, failureError } from "../sockets/index.js";
import { descriptorOf } from "./descriptorOf.js";
import { KeptDescriptors } from "./keptDescriptors.js";

let keeping: WeakMap<Connection, KeptDescriptors> | undefined;

/** Where the connection's descriptors are kept, from now on if not before. */
export function keptIn(connection: Connection, syscall: string): KeptDescriptors {
  keeping ??= new WeakMap();
  const found = keeping.get(connection);
  if (found !== undefined) return found;
  if (connection.hasListened) {
    const message = "bytes have been read ahead: call ipcKeepfds before the first receive";
    throw dillError("EINVAL", syscall, message);
  }
  descriptorOf(connection, syscall);
  const made = KeptDescriptors.of(connection);
  if ("code" in made) throw failureError(made, syscall);
  keeping.set(connection, made);
  return made;
}
