// There are no local sockets in a browser.
import { dillError } from "../../errors/index.js";
import type { LocalSockets } from "../sockets.js";

function unsupported(): never {
  throw dillError("ENOTSUP", "socket", "there are no local sockets in a browser");
}

export function makeSockets(): LocalSockets {
  return {
    /** Every function that takes a path reads this first. */
    get longestPath() {
      return unsupported();
    },
    directory: () => "",
    lackOfDescriptors: () => undefined,
    fdShortage: () => undefined,
    forget() {},
    connect: unsupported,
    connectQueued: unsupported,
    listen: unsupported,
    pair: unsupported,
    adopt: unsupported,
    adoptListener: unsupported,
  };
}
