// A listener of TCP.
import type { Socket } from "node:net";
import type { InetAddress } from "../address.js";
import type { InetListenOptions, InetOptions } from "../inet.js";
import type { ListenEvents } from "../sockets.js";
import { addressOf, InetSocket } from "./inetSocket.js";
import { ServerListener } from "./serverListener.js";

export class InetListener extends ServerListener {
  protected readonly isInPlace = true;

  constructor(events: ListenEvents, { noDelay, keepAlive }: InetOptions) {
    super(events, { noDelay, keepAlive: keepAlive > 0, keepAliveInitialDelay: keepAlive });
    this.server.on("listening", () => {
      if (this.isClosed) {
        this.server.close(); // Node binds a little later than it is asked to, even if it has been closed by then
        return;
      }
      this.rest();
      events.listening();
    });
  }

  protected wrap(socket: Socket): InetSocket {
    return new InetSocket(socket);
  }

  listen(at: InetAddress, { backlog, reusePort }: InetListenOptions): this {
    const { address: host, port } = at;
    const shared = reusePort ? { reusePort } : undefined; // of which the types for Node 20 know nothing
    // Without `exclusive`, a cluster's primary process would listen in place of this one.
    this.server.listen({ host, port, backlog, exclusive: true, ...shared });
    return this;
  }

  adopt(fd: number): this {
    this.server.listen({ fd, exclusive: true });
    return this;
  }

  address(): InetAddress | undefined {
    const bound = this.server.address();
    if (bound === null || typeof bound === "string") return undefined;
    return addressOf(bound.address, bound.port, bound.family);
  }
}
