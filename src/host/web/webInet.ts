// There is no TCP in a browser.
import { dillError } from "../../errors/index.js";
import type { InetSockets } from "../inet.js";

function unsupported(): never {
  throw dillError("ENOTSUP", "socket", "there is no TCP in a browser");
}

export function makeInet(): InetSockets {
  return {
    hasReusePort: false,
    connect: unsupported,
    listen: unsupported,
    adopt: unsupported,
    adoptListener: unsupported,
  };
}
