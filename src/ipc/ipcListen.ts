import { dillError } from "../errors/index.js";
import { type Failure, host } from "../host/index.js";
import { BlockingOperation, type Operation, type Step, wake } from "../runtime/index.js";
import { failureError, type IpcListener, ListenerResource, listenerFor } from "./ipcSocket.js";
import { checkPath } from "./path.js";

/** What {@link ipcListen} may be told. */
export interface IpcListenOptions {
  /** Permission bits of the socket file, such as `0o600`; without it the process's umask decides. */
  readonly mode?: number | undefined;
}

/**
 * Listens for connections on a local socket file, which it creates.
 *
 * Connections are taken from the kernel as they come and wait for {@link ipcAccept}. Unlike
 * libdill, closing the listener with {@link hclose} removes the file.
 *
 * @param addr - Path of the socket file; its length counts in bytes of UTF-8, at most 107.
 * @param backlog - How many connections the kernel may hold for the process, from 0 up.
 * @param options - Permissions of the socket file.
 * @returns Handle of the listener.
 * @throws {@link DillError}
 * - `EACCES`: the directory may not be searched or written.
 * - `EADDRINUSE`: there is a file of that name already, whether anybody listens on it or not.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the path is no string, has a NUL in it or is abstract; or the backlog or the mode is none.
 * - `ELOOP`: the path runs in a circle of symbolic links.
 * - `EMFILE`: the process has no file descriptor left.
 * - `ENAMETOOLONG`: the path has over 107 bytes, or a name in it over 255.
 * - `ENFILE`: the system has no file descriptor left.
 * - `ENOENT`: a directory of the path does not exist, or the path is empty.
 * - `ENOMEM`: the kernel has no memory left.
 * - `ENOTDIR`: a directory of the path is none.
 * - `ENOTSUP`: a mode was given in a worker thread, where Node can't set the umask.
 * - `EROFS`: the file system is read-only.
 * @remarks Cancellation: nothing is left behind, no socket and no file.
 * @see ipc_listen(3), https://libdill.org/ipc_listen.html
 */
export function ipcListen(
  addr: string,
  backlog: number,
  options: IpcListenOptions = {},
): Operation<IpcListener> {
  return new Listen(addr, backlog, options);
}

class Listen extends BlockingOperation<IpcListener> {
  readonly #addr: string;
  readonly #backlog: number;
  readonly #options: IpcListenOptions;
  #listener: ListenerResource | null = null;
  #handle: IpcListener | null = null;
  #failure: Failure | null = null;

  constructor(addr: string, backlog: number, options: IpcListenOptions) {
    super("ipc_listen", true);
    this.#addr = addr;
    this.#backlog = backlog;
    this.#options = options;
  }

  protected begin(): Step<IpcListener> {
    this.checkCanceled();
    const path = checkPath(this.#addr, this.syscall);
    const backlog = this.#checkBits("backlog", this.#backlog, 2 ** 31 - 1);
    const { mode } = this.#options;
    if (mode !== undefined) this.#checkBits("mode", mode, 0o777);
    const task = this.waiter();
    const listener = new ListenerResource();
    this.#listener = listener;
    let isListening = false;
    listener.host = host.sockets.listen(
      path,
      { backlog: Math.max(backlog, 1), mode },
      {
        listening: () => {
          isListening = true;
          this.#handle = listenerFor(task, listener);
          wake(task);
        },
        accepted: (socket) => listener.arrived(socket),
        failed: (failure) => {
          if (isListening) listener.failed(failure);
          else {
            this.#failure = failure;
            wake(task);
          }
        },
      },
    );
    return this.suspend(task, Infinity);
  }

  #checkBits(name: string, value: number, most: number): number {
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    const message = `the ${name} is a whole number from 0 to ${most}, not ${String(value)}`;
    throw dillError("EINVAL", this.syscall, { address: this.#addr, message });
  }

  protected resume(): Step<IpcListener> {
    if (this.#failure !== null) throw failureError(this.#failure, this.syscall, this.#addr);
    return this.complete(this.#handle as IpcListener);
  }

  protected copy(): Listen {
    return new Listen(this.#addr, this.#backlog, this.#options);
  }

  protected override address(): string {
    return this.#addr;
  }

  undo(): void {
    this.#listener?.close();
  }

  describe(): string {
    return `ipcListen("${this.#addr}")`;
  }
}
