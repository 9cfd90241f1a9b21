// What a descriptor really is. Node takes anything that looks like a pipe, or like a TCP socket.
import { textOf } from "../../errors/index.js";
import type { Failure } from "../sockets.js";
import { fs } from "./builtin.js";
import { failureOf } from "./errnoOf.js";
import type { SocketTable } from "./socketTables.js";

export type Wanted = "connected" | "listening";

/** Why the descriptor is not a stream socket of the table's kind in the wanted state; undefined if it is one. */
export function checkDescriptor(
  fd: number,
  wanted: Wanted,
  table: SocketTable,
): Failure | undefined {
  if (!Number.isInteger(fd) || fd < 0 || fd > 2 ** 31 - 1) {
    return invalid(`a file descriptor is a number from 0 up, not ${textOf(fd)}`);
  }
  try {
    const stat = fs().fstatSync(fd, { bigint: true });
    if (!stat.isSocket()) {
      return { code: "ENOTSOCK", message: `file descriptor ${fd} is not a socket` };
    }
    return table.isThere() ? checkState(fd, stat.ino, wanted, table) : undefined;
  } catch (error) {
    return failureOf(error);
  }
}

function checkState(
  fd: number,
  inode: bigint,
  wanted: Wanted,
  table: SocketTable,
): Failure | undefined {
  const state = table.find(inode);
  if (state === wanted) return undefined;
  const what = `file descriptor ${fd} is`;
  if (state === undefined) return invalid(`${what} not ${table.name}`);
  if (state === "no stream") return invalid(`${what} not a stream socket`);
  return invalid(`${what} ${state === "listening" ? "" : "not "}a listening socket`);
}

function invalid(message: string): Failure {
  return { code: "EINVAL", message };
}
