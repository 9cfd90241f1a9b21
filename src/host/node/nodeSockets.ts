// Local sockets over node:net.
import type { LocalSockets } from "../sockets.js";
import { adopted, adoptedSocket } from "./adopt.js";
import { queuedConnects } from "../backlogQueue.js";
import { net } from "./builtin.js";
import { connect } from "./connect.js";
import { fdShortages, lackOfDescriptors } from "./fdShortage.js";
import { NodeListener } from "./nodeListener.js";
import { NodeSocket } from "./nodeSocket.js";
import { connectPair } from "./pair.js";
import { longestPath } from "./socketAddress.js";
import { localTable } from "./socketTables.js";
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

    adopt: (fd) =>
      adopted(
        fd,
        "connected",
        localTable,
        () => new NodeSocket(new (net().Socket)(adoptedSocket(fd))),
      ),

    adoptListener: (fd, events) =>
      adopted(fd, "listening", localTable, () => new NodeListener(events).adopt(fd)),
  };
}
