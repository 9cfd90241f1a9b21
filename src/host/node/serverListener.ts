// What listeners have in common: a Node server that keeps the process alive only while somebody waits.
import type { Server, ServerOpts, Socket } from "node:net";
import type { HostListener, HostSocket, ListenEvents } from "../sockets.js";
import { failureOf } from "./errnoOf.js";
import { net } from "./net.js";
import { noteClosed, noteOpen } from "./ownDescriptors.js";

export abstract class ServerListener implements HostListener {
  protected readonly server: Server;
  protected readonly events: ListenEvents;
  #waiting = 0;
  protected isClosed = false;

  constructor(events: ListenEvents, options: ServerOpts = {}) {
    this.events = events;
    this.server = net().createServer({ ...options, allowHalfOpen: true, pauseOnConnect: true });
    noteOpen(this.server);
    this.server.on("connection", (socket: Socket) => {
      const accepted = this.wrap(socket);
      if (this.isClosed || !this.isInPlace) accepted.close();
      else events.accepted(accepted);
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

  /** Nobody waits for a connection yet. */
  protected rest(): void {
    if (this.#waiting === 0) this.server.unref();
  }

  ref(): void {
    if (this.#waiting++ === 0) this.server.ref();
  }

  unref(): void {
    if (--this.#waiting === 0 && !this.isClosed) this.server.unref();
  }

  close(): void {
    this.isClosed = true;
    noteClosed(this.server);
    this.server.close();
  }
}
