// Who is at the other end of a local socket: the kernel's own record of it.
import type { Credentials, PeerCredentials } from "../native/native.js";
import type { Failure } from "../sockets.js";
import { failureOfNumber } from "./errnoOf.js";
import { type NativeCalls, nativeCalls } from "./native.js";

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** struct ucred: pid, uid and gid, 32 bits each; behind it, how long it is. */
const ucredLength = 12;

export function makeCredentials(): Credentials {
  let ask: ((fd: number) => PeerCredentials | Failure) | undefined;
  return {
    lack() {
      const calls = nativeCalls();
      return "code" in calls ? calls : undefined;
    },
    peerOf(fd) {
      const calls = nativeCalls();
      if ("code" in calls) return calls;
      ask ??= asking(calls);
      return ask(fd);
    },
  };
}

function asking(calls: NativeCalls): (fd: number) => PeerCredentials | Failure {
  const getsockopt = calls.find("getsockopt", "int32", [
    "int32",
    "int32",
    "int32",
    "uint64",
    "uint64",
  ]);
  const { pointer, bytes } = calls.allocate(ucredLength + 4);
  const lengthAt = pointer + BigInt(ucredLength);
  return (fd) => {
    bytes.writeUInt32LE(ucredLength, ucredLength);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, pointer, lengthAt) !== 0) {
      return failureOfNumber(calls.errno(), "getsockopt");
    }
    return {
      pid: bytes.readInt32LE(0),
      uid: bytes.readUInt32LE(4),
      gid: bytes.readUInt32LE(8),
    };
  };
}
