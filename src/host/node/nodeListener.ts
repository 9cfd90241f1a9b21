// A Node server behind the host's interface.
import { createServer, type Server, type Socket } from "node:net";
import type { HostListener, ListenEvents, ListenOptions } from "../host.js";
import { failureOf } from "./failure.js";
import { NodeSocket } from "./nodeSocket.js";

export class NodeListener implements HostListener {
  readonly #server: Server;
  #waiting = 0;
  #isClosed = false;

  constructor(events: ListenEvents) {
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    this.#server.on("connection", (socket: Socket) => {
      const accepted = new NodeSocket(socket);
      if (this.#isClosed) accepted.close();
      else events.accepted(accepted);
    });
    this.#server.once("listening", () => {
      if (this.#isClosed) return;
      if (this.#waiting === 0) this.#server.unref();
      events.listening();
    });
    this.#server.on("error", (error) => {
      if (!this.#isClosed) events.failed(failureOf(error));
    });
  }

  listen(path: string, { backlog, mode }: ListenOptions): this {
    // Exclusive: in a cluster, Node would let the primary process listen.
    const options = { path, backlog, exclusive: true };
    if (mode === undefined) {
      this.#server.listen(options);
      return this;
    }
    // The socket file is made inside this call, so there is no moment in which it has another mode.
    const umask = process.umask(0o777 & ~mode);
    try {
      this.#server.listen(options);
    } finally {
      process.umask(umask);
    }
    return this;
  }

  adopt(fd: number): this {
    this.#server.listen({ fd });
    return this;
  }

  hold(): void {
    if (this.#waiting++ === 0) this.#server.ref();
  }

  release(): void {
    if (--this.#waiting === 0 && !this.#isClosed) this.#server.unref();
  }

  close(): void {
    this.#isClosed = true;
    this.#server.close();
  }
}
