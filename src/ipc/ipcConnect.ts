import { type Failure, type HostSocket, type QueuedConnect, sockets } from "../host/index.js";
import { isPast, type Operation, readDeadline, setDeadline, type Step } from "../kernel/index.js";
import { Opening, socketFor } from "../sockets/index.js";
import { ipc, type IpcSocket, pathError } from "./ipcSocket.js";
import { checkPath } from "./path.js";

/**
 * Connects to the peer that listens on a local socket file.
 *
 * If the listener's backlog is full it waits for room, first come, first served. Unlike libdill, where
 * that fails at once with an undocumented `EAGAIN`. And unlike libdill, where a path ends at 107 bytes, any path
 * that Linux can open will do.
 *
 * @param addr - Path of the socket file: at most 4095 bytes of UTF-8, and 103 where there is no Linux.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` try once.
 * @returns Handle of the connected socket: a bytestream for {@link bsend} and {@link brecv}.
 * @throws {@link DillError}
 * - `EACCES`: a directory may not be searched, or the socket not be written.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNREFUSED`: the file exists, but nobody listens on it.
 * - `ECONNRESET`: the listener went away while the connection waited in its backlog.
 * - `EINVAL`: the path is no string, has a NUL in it or is abstract; or the deadline is none.
 * - `ELOOP`: the path runs in a circle of symbolic links.
 * - `EMFILE`: the process has no file descriptor left.
 * - `ENAMETOOLONG`: the path has over 4095 bytes (103 where there is no Linux), or a name in it over 255.
 * - `ENFILE`: the system has no file descriptor left.
 * - `ENOENT`: nothing is at `addr`, or `addr` is empty.
 * - `ENOMEM`: the kernel has no memory left.
 * - `ENOTDIR`: a directory of the path is none.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: the attempt is dropped and its descriptor closed before the error arrives.
 * @example Say hello, for at most a second
 * ```ts
 * const s = yield* ipcConnect("/tmp/greet.ipc", now() + 1000);
 * try {
 *   yield* bsend(s, Buffer.from("world"), now() + 1000);
 * } finally {
 *   hclose(s);
 * }
 * ```
 * @see ipc_connect(3), https://libdill.org/ipc_connect.html
 */
export function ipcConnect(addr: string, deadline: number): Operation<IpcSocket> {
  return new Connect(addr, deadline);
}

class Connect extends Opening<IpcSocket> {
  readonly syscall = "ipc_connect";
  private readonly addr: string;
  private readonly deadline: number;
  private connect: QueuedConnect | null = null;

  constructor(addr: string, deadline: number) {
    super();
    this.addr = addr;
    this.deadline = deadline;
  }

  protected begin(): Step<IpcSocket> {
    this.checkCanceled();
    const deadline = readDeadline(this.deadline, this.syscall);
    const path = checkPath(this.addr, this.syscall);
    const task = this.waiter(); // Effection may put another one in its place
    // The attempt itself takes but a moment, and is made under any deadline: only the wait for room counts.
    const connect = sockets().connectQueued(path, {
      isPast: () => isPast(deadline),
      waiting: () => {
        if (this.task !== null) setDeadline(this.task, deadline);
      },
      connected: (socket) => this.connected(socket),
      refused: (failure) => this.refused(failure),
    });
    this.connect = connect;
    return this.suspendUnlessCome(task, connect.isWaiting ? deadline : Infinity, "outside");
  }

  private connected(socket: HostSocket): void {
    this.open((task) => socketFor(ipc, task, socket, this.addr));
  }

  private refused(failure: Failure | "EAGAIN"): void {
    if (failure !== "EAGAIN") this.fail(failure);
    else this.endWait("ETIMEDOUT");
  }

  protected override errorFor(failure: Failure): Error {
    return pathError(failure, this.syscall, this.addr);
  }

  undo(): void {
    this.connect?.close();
    this.connect = null;
  }

  protected copy(): Connect {
    return new Connect(this.addr, this.deadline);
  }

  protected override address(): string {
    return this.addr;
  }
}
