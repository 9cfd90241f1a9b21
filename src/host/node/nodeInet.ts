// TCP over node:net.
import type { InetAddress } from "../address.js";
import type { InetConnectEvents, InetOptions, InetSockets } from "../inet.js";
import type { HostSocket } from "../sockets.js";
import { adopted, adoptedSocket } from "./adopt.js";
import { net } from "./builtin.js";
import { refuseLater } from "./connect.js";
import { isNode } from "./endOfStream.js";
import { failureOf } from "./errnoOf.js";
import { InetListener } from "./inetListener.js";
import { InetSocket } from "./inetSocket.js";
import { inetTable } from "./socketTables.js";

export function makeInet(): InetSockets {
  return {
    hasReusePort: isNode() && knowsReusePort(process.versions.node),
    connect,
    listen: (at, options, events) => new InetListener(events, options).listen(at, options),
    adopt: (fd) =>
      adopted(fd, "connected", inetTable, () => {
        const socket = new (net().Socket)(adoptedSocket(fd));
        return new InetSocket(socket.setNoDelay(true));
      }),
    adoptListener: (fd, options, events) =>
      adopted(fd, "listening", inetTable, () => new InetListener(events, options).adopt(fd)),
  };
}

/** Versions before these ignore the option. */
function knowsReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

function connect(to: InetAddress, options: InetOptions, events: InetConnectEvents): HostSocket {
  const { noDelay, keepAlive } = options;
  // Node 20 reads these here, and not in connect().
  const settings = { noDelay, keepAlive: keepAlive > 0, keepAliveInitialDelay: keepAlive };
  const socket = new (net().Socket)({ allowHalfOpen: true, ...settings });
  const attempt = new InetSocket(socket, {
    to,
    events: { connected: () => events.connected(), connectFailed: fail },
  });
  try {
    socket.connect({ host: to.address, port: to.port }); // a literal: Node looks up nothing
  } catch (error) {
    fail(error);
  }
  return attempt;

  function fail(error: unknown): void {
    refuseLater(attempt, () => events.refused(failureOf(error)));
  }
}
