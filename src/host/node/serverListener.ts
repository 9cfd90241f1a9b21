// What listeners have in common: a Node server that keeps the process alive only while somebody waits.
import type { Server, ServerOpts, Socket } from "node:net";
import type { HostListener, HostSocket, ListenEvents } from "../sockets.js";
import { net } from "./builtin.js";
import { failureOf } from "./errnoOf.js";
import { descriptorOf, noteClosed, noteOpen } from "./ownDescriptors.js";
import { Refable, reportEnds, reportStarts } from "./refable.js";

export abstract class ServerListener extends Refable implements HostListener {
  protected readonly server: Server;
  protected readonly events: ListenEvents;

  constructor(events: ListenEvents, options: ServerOpts = {}) {
    super();
    this.events = events;
    this.server = net().createServer({ ...options, allowHalfOpen: true, pauseOnConnect: true });
    noteOpen(this.server);
    this.server.on("connection", (socket: Socket) => {
      const accepted = this.wrap(socket);
      if (this.isClosed || !this.isInPlace) {
        accepted.close();
        return;
      }
      reportStarts();
      events.accepted(accepted);
      reportEnds();
    });
    this.server.on("error", (error) => {
      if (this.isClosed) return;
      if (!this.server.listening) noteClosed(this.server); // it never will
      events.failed(failureOf(error));
    });
  }

  protected abstract wrap(socket: Socket): HostSocket;

  /** Whether connections are handed out already. */
  protected abstract readonly isInPlace: boolean;

  protected held(): Server {
    return this.server;
  }

  /** It listens, and unless somebody waits for a connection already it keeps nothing alive. */
  protected rest(): void {
    if (!this.isRefd) this.server.unref();
  }

  descriptor(): number {
    return descriptorOf(this.server);
  }

  close(): void {
    this.isClosed = true;
    noteClosed(this.server);
    this.server.close();
  }
}
