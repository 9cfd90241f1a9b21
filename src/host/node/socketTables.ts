// The kernel's lists of sockets, where there are any. They tell streams from datagrams and listeners from connections.
import { fs } from "./builtin.js";

/** What a socket is, by its inode. */
export interface SocketTable {
  /** For messages: "a local socket". */
  readonly name: string;
  /** False where the system has no such list. */
  isThere(): boolean;
  /** Undefined if it is none of these. */
  find(inode: bigint): "listening" | "connected" | "no stream" | undefined;
}

/** Num RefCount Protocol Flags Type St Inode Path */
export const localTable: SocketTable = {
  name: "a local socket",
  isThere: () => fs().existsSync("/proc/net/unix"),
  find(inode) {
    for (const [, , , flags = "", type = "", , found] of linesOf("/proc/net/unix")) {
      if (found !== String(inode)) continue;
      if (type !== "0001") return "no stream";
      return (Number.parseInt(flags, 16) & 0x10000) === 0 ? "connected" : "listening";
    }
    return undefined;
  },
};

const inetLists = ["/proc/net/tcp", "/proc/net/tcp6"];

/** sl local_address rem_address st queues tr:tm->when retrnsmt uid timeout inode */
export const inetTable: SocketTable = {
  name: "a TCP socket",
  isThere: () => inetLists.some((list) => fs().existsSync(list)),
  find(inode) {
    for (const [, , , state, , , , , , found] of inetLists
      .filter(fs().existsSync)
      .flatMap(linesOf)) {
      if (found === String(inode)) return state === "0A" ? "listening" : "connected";
    }
    return undefined;
  },
};

function linesOf(list: string): string[][] {
  const lines = fs().readFileSync(list, "utf8").split("\n");
  return lines.map((line) => line.trim().split(/\s+/));
}
