// A local listener: a Node server and its socket file.
import type { Socket } from "node:net";
import type { Failure, ListenOptions } from "../sockets.js";
import { failureOf } from "./errnoOf.js";
import { Leftovers } from "./leftovers.js";
import { NodeSocket } from "./nodeSocket.js";
import { ServerListener } from "./serverListener.js";
import { SocketFile } from "./socketFile.js";
import { takeOver } from "./takeOver.js";
import { nextTick } from "./timers.js";

export class NodeListener extends ServerListener {
  #file: SocketFile | undefined;
  #stopTakingOver = (): void => {};
  #leftovers: Leftovers | undefined;
  /** Until then only other starts can connect, to see whether this one is alive. */
  protected isInPlace = false;

  protected wrap(socket: Socket): NodeSocket {
    return new NodeSocket(socket);
  }

  /** Listens on a new file. As soon as the file can be found, it can be connected to. */
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

  /** Listens on a path in a private directory. */
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
    // Without `exclusive`, a cluster's primary process would listen in place of this one.
    this.server.listen({ ...options, exclusive: true });
    return this.server.listening;
  }

  #place(file: SocketFile, mode: number, unlinkStale: boolean): void {
    try {
      file.bound(mode);
      this.#leftovers = new Leftovers(file.target, file.address);
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
    file.tidy(); // at once, because a relative path may soon lead elsewhere
  }

  #settleLater(failure?: Failure): void {
    if (failure === undefined) this.isInPlace = true;
    nextTick(() => {
      if (!this.isClosed) this.#settle(failure);
    });
  }

  #settle(failure: Failure | undefined): void {
    this.#file?.tidy();
    if (failure !== undefined) {
      this.close();
      this.events.failed(failure);
      return;
    }
    this.isInPlace = true;
    this.rest();
    if (this.#leftovers === undefined) this.events.listening();
    else this.#leftovers.remove(() => this.events.listening());
  }

  keepFile(): void {
    this.#file = undefined;
  }

  override close(): void {
    this.#stopTakingOver();
    this.#leftovers?.stop();
    // The file goes before the socket, while its name can't have been taken yet.
    this.#file?.remove();
    super.close();
  }
}
