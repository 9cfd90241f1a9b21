// Local sockets over node:net.
import type { Failure, LocalSockets } from "../sockets.js";
import { queuedConnects } from "./backlogQueue.js";
import { net } from "./builtin.js";
import { connect } from "./connect.js";
import { checkDescriptor } from "./descriptor.js";
import { failureOf } from "./errnoOf.js";
import { fdShortages, lackOfDescriptors } from "./fdShortage.js";
import { NodeListener } from "./nodeListener.js";
import { NodeSocket } from "./nodeSocket.js";
import { isOurs } from "./ownDescriptors.js";
import { connectPair } from "./pair.js";
import { longestPath } from "./socketAddress.js";
import { clearTimeout, monotonicNow, setTimeout } from "./timers.js";

function directory(): string {
  try {
    return process.cwd();
  } catch {
    return ""; // the directory has been removed, or its path is longer than the system allows
  }
}

export function makeSockets(): LocalSockets {
  return {
    longestPath: longestPath(),
    directory,
    lackOfDescriptors,
    ...fdShortages({
      look: lackOfDescriptors,
      now: monotonicNow,
      afterUnref: (delay, job) => void setTimeout(job, delay).unref(),
    }),

    connect,

    connectQueued: queuedConnects({
      connect,
      after(delay, job) {
        const timer = setTimeout(job, delay);
        return () => clearTimeout(timer);
      },
      random: Math.random,
      directory,
    }),

    listen: (path, options, events) => new NodeListener(events).listen(path, options),

    pair: connectPair,

    adopt(fd) {
      const failure = checkAdoptable(fd, "connected");
      if (failure !== undefined) return failure;
      try {
        return new NodeSocket(new (net().Socket)(adoptedSocket(fd)));
      } catch (error) {
        return failureOf(error);
      }
    },

    adoptListener(fd, events) {
      return checkAdoptable(fd, "listening") ?? new NodeListener(events).adopt(fd);
    },
  };
}

function checkAdoptable(fd: number, wanted: "connected" | "listening"): Failure | undefined {
  const failure = checkDescriptor(fd, wanted);
  if (failure !== undefined) return failure;
  if (!isOurs(fd)) return undefined;
  return { code: "EBUSY", message: `file descriptor ${fd} belongs to an open socket already` };
}

/** By itself a socket with a descriptor reads at once, and goes on reading. One that a server accepts does not. */
function adoptedSocket(fd: number) {
  return { fd, allowHalfOpen: true, readable: true, writable: true, pauseOnCreate: true };
}
