import { dillError, Options, textOf } from "../errors/index.js";
import { credentials, type Failure, type ListenEvents, sockets } from "../host/index.js";
import type { Operation, Step } from "../kernel/index.js";
import { failureError, ListenerResource, OpeningListener } from "../sockets/index.js";
import { AllowCheck, isAllow } from "./allow.js";
import type { IpcPeer } from "./ipcPeer.js";
import { ipc, type IpcListener, pathError } from "./ipcSocket.js";
import { checkPath } from "./path.js";

/** What {@link ipcListen} may be told. */
export interface IpcListenOptions {
  /**
   * Permission bits of the socket file, whatever the umask; `0o600` if not given. Who may write may connect.
   * Nobody can find the file before it has them.
   */
  readonly mode?: number | undefined;
  /**
   * Takes the place of a socket file that nobody listens on, such as a crash leaves behind. Of several starters
   * that do so at once one gets it. A listener that is there sees a connection that ends at once.
   */
  readonly unlinkStale?: boolean | undefined;
  /**
   * Says who may connect, by what `ipcPeer` tells: `({ uid }) => uid === 0`. A connection for which it does not return
   * `true` is closed before the program sees it, and the listener goes on; so is one for which it throws. The
   * first error of a listener is the run's, and the process gets the warning `IPC_ALLOW` at once. Linux only, with `node:ffi` or the package koffi in the program.
   */
  readonly allow?: ((peer: IpcPeer) => boolean) | undefined;
}

/**
 * Listens for connections on a local socket file, which it creates.
 *
 * The file is made in a private directory beside it, such as `.greet.ipc-x7Kq2a`, and gets its name once it
 * has its mode and can be connected to. Connections are taken from the kernel as they come and wait for
 * {@link ipcAccept}: 1024 of them, or as many as the backlog if that is more. What comes beyond is closed at
 * once, and the process gets the warning `IPC_UNCLAIMED`.
 *
 * Unlike libdill, only the owner may connect if no mode is given, a path may be as long as Linux can open, and
 * closing the listener with {@link hclose} removes the file, unless another one has taken its place.
 *
 * @param addr - Path of the socket file: at most 4095 bytes of UTF-8, and 103 where there is no Linux.
 * @param backlog - How many connections the kernel may hold for the process, from 0 up.
 * @param options - Permissions of the socket file, whether it may take the place of a dead one, and who may connect.
 * @returns Handle of the listener.
 * @throws {@link DillError}
 * - `EACCES`: the directory may not be searched or written, or the dead file in it not be replaced.
 * - `EADDRINUSE`: there is a file of that name already. With `unlinkStale`: somebody listens on it, or it
 *   is no socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the path is no string, has a NUL in it or is abstract; or the backlog or an option is none.
 * - `ELOOP`: the path runs in a circle of symbolic links.
 * - `EMFILE`: the process has no file descriptor left.
 * - `ENAMETOOLONG`: the path has over 4095 bytes (103 where there is no Linux), or a name in it over 255.
 * - `ENFILE`: the system has no file descriptor left.
 * - `ENOENT`: a directory of the path does not exist, or the path is empty.
 * - `ENOMEM`: the kernel has no memory left.
 * - `ENOTDIR`: a directory of the path is none.
 * - `ENOTSUP`: with `allow`: there is no way to ask the system who connects, and the message says what is missing.
 * - `EROFS`: the file system is read-only.
 * @remarks Cancellation: nothing is left behind, no socket and no file.
 * @see ipc_listen(3), https://libdill.org/ipc_listen.html
 */
export function ipcListen(
  addr: string,
  backlog: number,
  options?: IpcListenOptions,
): Operation<IpcListener> {
  return new Listen(addr, backlog, options);
}

const maxBacklog = 2 ** 31 - 1;

class Listen extends OpeningListener<IpcListener> {
  readonly syscall = "ipc_listen";
  readonly #addr: string;
  readonly #backlog: number;
  readonly #options: IpcListenOptions | undefined;
  #listener: ListenerResource | null = null;

  constructor(addr: string, backlog: number, options: IpcListenOptions | undefined) {
    super();
    this.#addr = addr;
    this.#backlog = backlog;
    this.#options = options;
  }

  protected begin(): Step<IpcListener> {
    this.checkCanceled();
    const path = checkPath(this.#addr, this.syscall);
    const backlog = this.#checkBacklog();
    const options = new Options(this.#options, this.syscall, path);
    const mode = options.count("mode", 0o600, 0, 0o777, "a whole number");
    const unlinkStale = options.flag("unlinkStale", false);
    const allow = options.read("allow", undefined, "a function", isAllow);
    const lack = allow && credentials().lack();
    if (lack !== undefined) throw failureError(lack, this.syscall, path);
    const task = this.waiter(); // Effection may put another one in its place
    const listener = new ListenerResource(ipc, backlog, path);
    this.#listener = listener;
    listener.host = sockets().listen(
      path,
      { backlog: Math.max(backlog, 1), mode, unlinkStale },
      allow === undefined
        ? this.eventsFor(listener)
        : this.#eventsForAllowed(listener, new AllowCheck(allow, task.owner, path)),
    );
    return this.suspendUnlessCome(task, Infinity, "outside");
  }

  /** A connection whose peer may not connect is closed, and nobody hears of it. */
  #eventsForAllowed(listener: ListenerResource, check: AllowCheck): ListenEvents {
    const events = this.eventsFor(listener);
    return {
      ...events,
      accepted(socket) {
        if (check.admits(socket)) events.accepted(socket);
        else socket.close();
      },
    };
  }

  #checkBacklog(): number {
    const backlog = this.#backlog;
    if (Number.isInteger(backlog) && backlog >= 0 && backlog <= maxBacklog) return backlog;
    const message = `the backlog is a whole number from 0 to ${maxBacklog}, not ${textOf(backlog)}`;
    throw dillError("EINVAL", this.syscall, { address: this.#addr, message });
  }

  protected copy(): Listen {
    return new Listen(this.#addr, this.#backlog, this.#options);
  }

  protected override address(): string {
    return this.#addr;
  }

  protected override errorFor(failure: Failure): Error {
    return pathError(failure, this.syscall, this.#addr);
  }

  undo(): void {
    this.#listener?.close();
  }
}
