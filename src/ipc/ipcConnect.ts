import { type Failure, host, type HostSocket } from "../host/index.js";
import {
  isPast,
  interrupt,
  type Operation,
  readDeadline,
  setDeadline,
  type Step,
  type WaitsFor,
} from "../kernel/index.js";
import { Opening } from "../sockets/index.js";
import { type IpcSocket, pathError, socketFor } from "./ipcSocket.js";
import { checkPath } from "./path.js";
import {
  drawTicket,
  hasLine,
  leaveLine,
  placeOf,
  takeEarlier,
  type Waiting,
  waitInLine,
} from "./waitingLine.js";

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

class Connect extends Opening<IpcSocket> implements Waiting {
  readonly syscall = "ipc_connect";
  before: Waiting | null = null;
  after: Waiting | null = null;
  ticket = 0;
  readonly #addr: string;
  readonly #deadline: number;
  #attempt: HostSocket | null = null;
  #place = "";
  #isInLine = false;

  constructor(addr: string, deadline: number) {
    super();
    this.#addr = addr;
    this.#deadline = deadline;
  }

  protected begin(): Step<IpcSocket> {
    this.checkCanceled();
    const deadline = readDeadline(this.#deadline, this.syscall);
    const path = checkPath(this.#addr, this.syscall);
    const task = this.waiter(); // Effection may put another one in its place
    this.ticket = drawTicket();
    this.#place = placeOf(path);
    if (hasLine(this.#place) && !isPast(deadline)) {
      this.#isInLine = true;
      waitInLine(this.#place, this);
      return this.suspend(task, deadline, true);
    }
    // The attempt itself takes but a moment, and is made under any deadline: only then does it count.
    this.#attempt = host.sockets.connect(path, {
      connected: () => {
        const socket = this.#attempt;
        this.#attempt = null;
        if (socket === null) return;
        const earlier = isPast(deadline) ? null : takeEarlier(this.#place, this.ticket);
        if (earlier !== null) this.#waitForRoom(deadline);
        (earlier ?? this).connected(socket);
      },
      refused: (failure) => {
        this.#attempt = null;
        if (failure === "EAGAIN") this.#waitForRoom(deadline);
        else this.refused(failure);
      },
    });
    return this.suspend(task, Infinity, true);
  }

  #waitForRoom(deadline: number): void {
    if (this.task === null) return;
    if (isPast(deadline)) {
      interrupt(this.task, "ETIMEDOUT");
      return;
    }
    this.#isInLine = true;
    waitInLine(this.#place, this);
    setDeadline(this.task, deadline);
  }

  connected(socket: HostSocket): void {
    this.open((task) => socketFor(task, socket));
  }

  refused(failure: Failure): void {
    this.fail(failure);
  }

  protected override errorFor(failure: Failure): Error {
    return pathError(failure, this.syscall, this.#addr);
  }

  undo(): void {
    this.#attempt?.close();
    this.#attempt = null;
    if (this.#isInLine) leaveLine(this.#place, this);
  }

  protected copy(): Connect {
    return new Connect(this.#addr, this.#deadline);
  }

  protected override address(): string {
    return this.#addr;
  }

  waitsFor(): WaitsFor {
    return { what: "ipcConnect", address: this.#addr };
  }
}
