// A Node server behind the host's interface.
import { lstatSync, renameSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Failure, HostListener, ListenEvents, ListenOptions } from "../host.js";
import { codeOf, failureOf } from "./failure.js";
import { NodeSocket } from "./nodeSocket.js";

export class NodeListener implements HostListener {
  readonly #server: Server;
  readonly #events: ListenEvents;
  #path = "";
  /** Which file is ours. */
  #file: string | undefined;
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
      this.#bind(options);
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
      this.#bind(options);
    } finally {
      process.umask(umask);
    }
    return this;
  }

  #bind(options: { path: string; backlog: number; exclusive: boolean }): void {
    this.#server.listen(options);
    if (this.#server.listening) this.#file = identify(this.#path);
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
    const found = this.#file === undefined ? undefined : identify(this.#path);
    if (found === undefined || found === this.#file) this.#server.close();
    else this.#closeBeside();
  }

  /**
   * Node removes whatever file has the listener's name. If that is another listener's by now, who has
   * removed ours and taken its place, the file steps aside for a moment.
   */
  #closeBeside(): void {
    const aside = `${this.#path}~${process.pid}`;
    let isAside = false;
    try {
      renameSync(this.#path, aside);
      isAside = true;
    } catch {
      // Where files can't be renamed they can't be removed either.
    }
    this.#server.close();
    if (isAside) renameSync(aside, this.#path);
  }
}

/** Tells a file from another of the same name: while we listen, our file's number is not used again. */
function identify(path: string): string | undefined {
  try {
    const { dev, ino } = lstatSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined; // it is gone, or out of our reach: there is nothing to save
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
