// What a descriptor really is. Node takes anything that looks like a pipe. The kernel's list of local sockets, where
// there is one, tells streams from datagrams and listeners from connections.
import { textOf } from "../../errors/index.js";
import type { Failure } from "../sockets.js";
import { fs } from "./builtin.js";
import { failureOf } from "./errnoOf.js";

const kernelList = "/proc/net/unix";
const stream = "0001";
const listening = 0x10000;

/** Why the descriptor is not a local stream socket in the wanted state; undefined if it is one. */
export function checkDescriptor(
  fd: number,
  wanted: "connected" | "listening",
): Failure | undefined {
  if (!Number.isInteger(fd) || fd < 0 || fd > 2 ** 31 - 1) {
    return invalid(`a file descriptor is a number from 0 up, not ${textOf(fd)}`);
  }
  try {
    const stat = fs().fstatSync(fd, { bigint: true });
    if (!stat.isSocket()) {
      return { code: "ENOTSOCK", message: `file descriptor ${fd} is not a socket` };
    }
    return fs().existsSync(kernelList) ? checkEntry(fd, entryOf(stat.ino), wanted) : undefined;
  } catch (error) {
    return failureOf(error);
  }
}

function checkEntry(
  fd: number,
  entry: Entry | undefined,
  wanted: "connected" | "listening",
): Failure | undefined {
  if (entry === undefined) return invalid(`file descriptor ${fd} is not a local socket`);
  if (entry.type !== stream) return invalid(`file descriptor ${fd} is not a stream socket`);
  const isListening = (entry.flags & listening) !== 0;
  if (isListening === (wanted === "listening")) return undefined;
  return invalid(`file descriptor ${fd} is ${isListening ? "" : "not "}a listening socket`);
}

interface Entry {
  readonly flags: number;
  readonly type: string;
}

/** The kernel's line: Num RefCount Protocol Flags Type St Inode Path. */
function entryOf(inode: bigint): Entry | undefined {
  const wanted = String(inode);
  for (const line of fs().readFileSync(kernelList, "utf8").split("\n")) {
    const [, , , flags = "", type = "", , found] = line.trim().split(/\s+/);
    if (found === wanted) return { flags: Number.parseInt(flags, 16), type };
  }
  return undefined;
}

function invalid(message: string): Failure {
  return { code: "EINVAL", message };
}
