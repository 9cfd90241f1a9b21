// A Node server behind the host's interface.
import { statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Failure, HostListener, ListenEvents, ListenOptions } from "../host.js";
import { codeOf, failureOf } from "./failure.js";
import { NodeSocket } from "./nodeSocket.js";

export class NodeListener implements HostListener {
  readonly #server: Server;
  readonly #events: ListenEvents;
  #path = "";
  #waiting = 0;
  #isClosed = false;

  constructor(events: ListenEvents) {
    this.#events = events;
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
      if (!this.#isClosed) events.failed(listenFailure(error, this.#path));
    });
  }

  listen(path: string, { backlog, mode }: ListenOptions): this {
    this.#path = path;
    // Exclusive: in a cluster, Node would let the primary process listen.
    const options = { path, backlog, exclusive: true };
    if (mode === undefined) {
      this.#server.listen(options);
      return this;
    }
    // The socket file is made inside this call, so there is no moment in which it has another mode.
    let umask: number;
    try {
      umask = process.umask(0o777 & ~mode);
    } catch (cause) {
      process.nextTick(() => {
        if (!this.#isClosed) this.#events.failed({ code: "ENOTSUP", cause });
      });
      return this;
    }
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

/** Where bind(2) says ENOENT, libuv says EACCES, as Windows does. */
function listenFailure(error: Error, path: string): Failure {
  const failure = failureOf(error);
  if (failure.code !== "EACCES") return failure;
  try {
    statSync(dirname(path));
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return { code: "ENOENT", cause: error };
  }
  return failure;
}
