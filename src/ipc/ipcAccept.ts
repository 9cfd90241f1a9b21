import { dillError } from "../errors/index.js";
import { dropHandle } from "../handles/index.js";
import type { Failure, HostSocket } from "../host/index.js";
import {
  BlockingOperation,
  interrupt,
  type Operation,
  readDeadline,
  type Step,
  wake,
} from "../runtime/index.js";
import type { Acceptor } from "./acceptability.js";
import { forget, lackOfDescriptors } from "./descriptorCheck.js";
import {
  failureError,
  type IpcListener,
  type IpcSocket,
  type ListenerResource,
  listenerOf,
  makeSocket,
  socketFor,
} from "./ipcSocket.js";

/**
 * Waits for a connection.
 *
 * Connections are handed out in the order in which they came. After an error, a deadline or a cancellation the
 * listener is as it was.
 *
 * While no file descriptor is left, Node closes whatever connection comes. So it does not wait then, but throws
 * `EMFILE`: close something, or sleep for a moment, and call it again. If the last descriptor goes while it
 * waits, the next call tells.
 *
 * @param ls - The listener.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @returns Handle of the connected socket: a bytestream for {@link bsend} and {@link brecv}.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine waits for a connection on this listener.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none.
 * - `EMFILE`: the process has no file descriptor left for another connection.
 * - `ENFILE`: the system has none left.
 * - `ENOTSUP`: the handle is not an ipc listener.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: no connection has been taken. Unlike libdill, which drops one that was waiting.
 * @see ipc_accept(3), https://libdill.org/ipc_accept.html
 */
export function ipcAccept(ls: IpcListener, deadline: number): Operation<IpcSocket> {
  return new Accept(ls, deadline);
}

class Accept extends BlockingOperation<IpcSocket> implements Acceptor {
  readonly syscall = "ipc_accept";
  readonly #ls: IpcListener;
  readonly #deadline: number;
  #listener: ListenerResource | null = null;
  #socket: HostSocket | null = null;
  #handle: IpcSocket | null = null;
  #failure: Failure | null = null;

  constructor(ls: IpcListener, deadline: number) {
    super();
    this.#ls = ls;
    this.#deadline = deadline;
  }

  protected begin(): Step<IpcSocket> {
    this.checkCanceled();
    const deadline = readDeadline(this.#deadline, this.syscall);
    const listener = listenerOf(this.#ls, this.syscall);
    if (listener.acceptor !== null) {
      const message = "another coroutine waits for a connection on this listener";
      throw dillError("EBUSY", this.syscall, { message });
    }
    const socket = listener.claim();
    if (socket !== undefined) return this.complete(makeSocket(socket, this.syscall));
    const failure = listener.takeFailure() ?? lackOfDescriptors(this);
    if (failure !== undefined) throw failureError(failure, this.syscall);
    const task = this.waiter();
    this.#listener = listener;
    listener.acceptor = this;
    listener.host?.ref();
    return this.suspendExternal(task, deadline);
  }

  protected resume(): Step<IpcSocket> {
    if (this.#failure !== null) throw failureError(this.#failure, this.syscall);
    return this.complete(this.#handle as IpcSocket);
  }

  accepted(socket: HostSocket): void {
    this.undo();
    if (this.task === null) return;
    this.#socket = socket;
    this.#handle = socketFor(this.task, socket);
    wake(this.task);
  }

  acceptFailed(failure: Failure): void {
    this.undo();
    this.#failure = failure;
    if (this.task !== null) wake(this.task);
  }

  listenerClosed(): void {
    if (this.task !== null) interrupt(this.task, "EBADF");
  }

  undo(): void {
    const listener = this.#listener;
    if (listener === null) return;
    forget(this);
    listener.acceptor = null;
    listener.host?.unref();
  }

  /** The connection waits for the next accept. */
  override giveBack(): void {
    if (this.#handle !== null) dropHandle(this.#handle);
    if (this.#socket !== null) this.#listener?.giveBack(this.#socket);
  }

  protected copy(): Accept {
    return new Accept(this.#ls, this.#deadline);
  }

  describe(): string {
    return `ipcAccept(${this.#ls})`;
  }
}
