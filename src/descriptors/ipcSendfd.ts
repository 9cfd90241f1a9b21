import { dillError, textOf } from "../errors/index.js";
import type { Failure } from "../host/index.js";
import { descriptors, type Watch } from "../host/native/index.js";
import { ipc, type IpcSocket } from "../ipc/index.js";
import { type Operation, operation, type Steps } from "../kernel/index.js";
import { type Connection, connectionOf, type Direction, Transfer } from "../sockets/index.js";
import { descriptorOf } from "./descriptorOf.js";

/** The byte that libdill sends a descriptor with. */
const marker = 0xcc;

/**
 * Sends a file descriptor to the peer, which gets a new one for the same open file or socket.
 *
 * The peer takes it by {@link ipcRecvfd}, or by `recvmsg` with `SCM_RIGHTS`; one byte, `0xCC`, comes with it, and marks its place
 * among the other bytes. The sender's own descriptor stays open, and may be closed as soon as this returns.
 *
 * Linux only. Node has no call for it, so it goes through `node:ffi` or, where that is not, through the package koffi, which the
 * program installs.
 *
 * @param s - The socket.
 * @param fd - Number of an open descriptor.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only if there is room now.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile; or no such descriptor is open.
 * - `EBUSY`: another coroutine is sending on this socket.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: the peer has gone, or an earlier send was cut short.
 * - `EINVAL`: `fd` is no descriptor's number; or the deadline is none.
 * - `EMFILE`: too many descriptors of this user are on their way, or no descriptor is left to wait with.
 * - `ENOTSUP`: the handle is not an ipc socket, or a simulated one; or there is no way to ask the system, and the message says what is missing.
 * - `EPIPE`: this side has ended its direction by {@link ipcDone}.
 * - `ETIMEDOUT`: the deadline came first. Nothing was sent, and the socket can go on.
 * @remarks Cancellation: nothing was sent, and the socket can go on. Unlike libdill, where a peer that has gone ends the process.
 * Source: libdill's ipc_sendfd, which has no page
 */
export function ipcSendfd(s: IpcSocket, fd: number, deadline: number): Operation<void> {
  return operation("ipc_sendfd", () => send(s, fd, deadline));
}

function* send(s: IpcSocket, fd: number, deadline: number): Steps<void> {
  const connection = connectionOf(ipc, s, "ipc_sendfd");
  if (!Number.isInteger(fd) || fd < 0 || fd > 2 ** 31 - 1) {
    const message = `a file descriptor is a number from 0 up, not ${textOf(fd)}`;
    throw dillError("EINVAL", "ipc_sendfd", message);
  }
  descriptorOf(connection, "ipc_sendfd");
  yield* new SendingDescriptor(connection, fd, deadline);
}

class SendingDescriptor extends Transfer<void> {
  readonly #of: Connection;
  readonly #fd: number;
  #hasBegun = false;
  #room: Watch | null = null;

  constructor(connection: Connection, fd: number, deadline: number) {
    super(connection, deadline, "ipc_sendfd");
    this.#of = connection;
    this.#fd = fd;
  }

  protected direction(): Direction {
    return this.#of.outgoing;
  }

  protected move(): boolean {
    if (!this.#hasBegun) this.checkCanceled(); // always, as in libdill, where it waits in any case
    this.#hasBegun = true;
    if (this.#of.hasPosts) return false; // they come first
    const outcome = descriptors().send(this.#of.descriptor(), marker, this.#fd);
    if (typeof outcome === "object") this.failure = this.#told(outcome);
    return outcome === "sent";
  }

  #told(failure: Failure): Failure {
    if (failure.code === "EPIPE") return { code: "ECONNRESET", cause: failure.cause };
    if (failure.code !== "EBADF") return failure;
    return { ...failure, message: `file descriptor ${this.#fd} is not open` };
  }

  protected prepareWait(): void {
    const room = descriptors().watch(this.#of.descriptor(), "out", () => this.progress());
    if ("code" in room) {
      this.fail(room);
      return;
    }
    this.#room = room;
    room.start();
  }

  protected override leave(): void {
    this.#room?.close();
    this.#room = null;
    super.leave();
  }

  protected override endDirection(failure: Failure): void {
    if (failure.code === "ECONNRESET") super.endDirection(failure);
  }

  protected result(): void {}

  protected copy(): SendingDescriptor {
    return new SendingDescriptor(this.#of, this.#fd, this.deadline);
  }
}
