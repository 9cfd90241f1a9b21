import type { Failure } from "../host/index.js";
import { descriptors } from "../host/native/index.js";
import { ipc, type IpcSocket } from "../ipc/index.js";
import { type Operation, operation, type Steps } from "../kernel/index.js";
import { type Connection, connectionOf, Incoming } from "../sockets/index.js";
import type { KeptDescriptors } from "./keptDescriptors.js";
import { keptIn } from "./keeping.js";

/**
 * Receives a file descriptor that the peer has sent by {@link ipcSendfd}, or by `sendmsg` with `SCM_RIGHTS`.
 *
 * The descriptor is a new one of this process, closed on exec, for the same open file or socket. It is the caller's: close it, or give it to
 * what closes it, such as `ipcFromfd`. It keeps its place among the bytes: what was sent before it is to be received before it.
 *
 * If bytes were received on this socket before, {@link ipcKeepfds} must have been called before the first of them. A `brecv`
 * that takes the byte a descriptor came with gets the byte, and the descriptor is closed, as in libdill.
 *
 * Linux only, and in the main thread only. Node has no call for it, so it goes through `node:ffi` or, where that is not, through the
 * package koffi, which the program installs.
 *
 * @param s - The socket.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns Number of the descriptor.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine is receiving on this socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: the connection is broken, or an earlier receive was.
 * - `EINVAL`: the deadline is none; or bytes were received before without {@link ipcKeepfds}.
 * - `EMFILE`: the process has no descriptor left; one that came is lost, and the next receive goes on behind it.
 * - `ENOTSUP`: the handle is not an ipc socket, or a simulated one; or there is no way to ask the system, and the message says what is missing.
 * - `EPIPE`: the peer has ended its direction.
 * - `EPROTO`: the next byte came without a descriptor, or with several, which are closed. What comes after can't be
 *   received any more.
 * - `ETIMEDOUT`: the deadline came first; nothing was taken.
 * @remarks Cancellation: nothing was taken. What has come waits for the next receive, or is closed with the socket.
 * Source: libdill's ipc_recvfd, which has no page
 */
export function ipcRecvfd(s: IpcSocket, deadline: number): Operation<number> {
  return operation("ipc_recvfd", () => receive(s, deadline));
}

function* receive(s: IpcSocket, deadline: number): Steps<number> {
  const connection = connectionOf(ipc, s, "ipc_recvfd");
  return yield* new ReceivingDescriptor(connection, deadline);
}

class ReceivingDescriptor extends Incoming<number> {
  readonly #of: Connection;
  #kept: KeptDescriptors | null = null;
  #byte = 0;
  #fd = -1;

  constructor(connection: Connection, deadline: number) {
    super(connection, deadline, "ipc_recvfd");
    this.#of = connection;
  }

  protected move(): boolean {
    if (this.#kept === null) {
      this.#kept = keptIn(this.#of, this.syscall);
      this.checkCanceled(); // always, as in libdill, where it waits in any case
    }
    const { inbox } = this.#of;
    if (inbox.length === 0) return this.noteEnd();
    const kept = this.#kept.take();
    if (kept === null) {
      const message = "the next byte came without a descriptor";
      this.failure = { code: "EPROTO", message };
      return false;
    }
    this.#byte = inbox.byteAt(0);
    inbox.drop(1);
    if (typeof kept !== "number") this.failure = kept;
    else this.#fd = kept;
    return this.failure === null;
  }

  protected override endDirection(failure: Failure): void {
    if (failure.code !== "EMFILE") super.endDirection(failure);
  }

  protected result(): number {
    return this.#fd;
  }

  protected override cutOff(): void {}

  override giveBack(): void {
    if (this.#fd < 0 || this.#kept?.putBack(this.#fd, this.#byte) === true) return;
    descriptors().close(this.#fd);
    this.direction().break();
  }

  protected copy(): ReceivingDescriptor {
    return new ReceivingDescriptor(this.#of, this.deadline);
  }
}
