// A Node server behind the host's interface.
import { createServer, type Server, type Socket } from "node:net";
import type { Failure, HostListener, ListenEvents, ListenOptions } from "../host.js";
import { failureOf } from "./errnoOf.js";
import { NodeSocket } from "./nodeSocket.js";
import { SocketFile } from "./socketFile.js";
import { takeOver } from "./takeOver.js";

export class NodeListener implements HostListener {
  readonly #server: Server;
  readonly #events: ListenEvents;
  #file: SocketFile | undefined;
  #stopTakingOver = (): void => {};
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
    this.#server.on("error", (error) => {
      if (this.#isClosed) return;
      events.failed(failureOf(error));
    });
  }

  /** Listens on a new file, which can't be found before it can be connected to. */
  listen(path: string, { backlog, mode, unlinkStale }: ListenOptions): this {
    const file = SocketFile.prepare(path, unlinkStale);
    if (!(file instanceof SocketFile)) {
      this.#settleLater(file);
      return this;
    }
    this.#file = file;
    if (this.#start({ path: file.address, backlog })) this.#place(file, mode, unlinkStale);
    else file.tidy();
    return this;
  }

  /** Listens at an address where nobody else looks. */
  bind(path: string, backlog: number): this {
    if (this.#start({ path, backlog })) this.#settleLater();
    return this;
  }

  adopt(fd: number): this {
    if (this.#start({ fd })) this.#settleLater();
    return this;
  }

  /** Binds and listens. If it returns false, Node is about to say why. */
  #start(options: { path: string; backlog: number } | { fd: number }): boolean {
    // Exclusive: in a cluster, Node would let the primary process listen.
    this.#server.listen({ ...options, exclusive: true });
    return this.#server.listening;
  }

  #place(file: SocketFile, mode: number, unlinkStale: boolean): void {
    try {
      file.bound(mode);
      if (file.link()) this.#settleLater();
      else if (unlinkStale) {
        this.#stopTakingOver = takeOver(file.address, file.target, (failure) =>
          this.#settle(failure),
        );
        return;
      } else this.#settleLater({ code: "EADDRINUSE" });
    } catch (error) {
      this.#settleLater(failureOf(error));
    }
    file.tidy(); // now: soon a relative path may lead elsewhere
  }

  #settleLater(failure?: Failure): void {
    process.nextTick(() => {
      if (!this.#isClosed) this.#settle(failure);
    });
  }

  #settle(failure: Failure | undefined): void {
    this.#file?.tidy();
    if (failure !== undefined) {
      this.close();
      this.#events.failed(failure);
      return;
    }
    if (this.#waiting === 0) this.#server.unref();
    this.#events.listening();
  }

  ref(): void {
    if (this.#waiting++ === 0) this.#server.ref();
  }

  unref(): void {
    if (--this.#waiting === 0 && !this.#isClosed) this.#server.unref();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTakingOver();
    // The file goes before the socket, while nobody can have taken its name yet.
    this.#file?.remove();
    this.#server.close();
  }
}
