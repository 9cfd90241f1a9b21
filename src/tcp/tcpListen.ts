import { dillError, Options, textOf } from "../errors/index.js";
import { endpointOf, inet } from "../host/index.js";
import { checkEndpoint, type Ipaddr } from "../ipaddr/index.js";
import type { Operation, Step } from "../kernel/index.js";
import { ListenerResource, OpeningListener } from "../sockets/index.js";
import { readTcpOptions, type TcpOptions } from "./options.js";
import { tcp, type TcpListener } from "./tcpSocket.js";

/** What {@link tcpListen} may be told. {@link TcpOptions} are those of the connections that it accepts. */
export interface TcpListenOptions extends TcpOptions {
  /** Whether other listeners with this option may have the same port; the kernel deals the connections out. */
  readonly reusePort?: boolean | undefined;
}

/**
 * Listens for connections on a TCP port.
 *
 * With port 0 the system chooses one, which {@link tcpLocal} tells. Connections are taken from the kernel as they come and
 * wait for {@link tcpAccept}: 1024 of them, or as many as the backlog if that is more. What comes beyond is closed
 * at once, and the process gets the warning `TCP_UNCLAIMED`. A listener on `::` takes IPv4 connections, too, where the
 * system does so by default.
 *
 * @param addr - Where to listen, of {@link ipaddrLocal}.
 * @param backlog - How many connections the kernel may hold for the process, from 0 up.
 * @param options - How its connections behave.
 * @returns Handle of the listener.
 * @throws {@link DillError}
 * - `EACCES`: the port is one of those that only a privileged process may have.
 * - `EADDRINUSE`: somebody has the port already.
 * - `EADDRNOTAVAIL`: the address is none of this machine.
 * - `EAFNOSUPPORT`: the system has no such protocol.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the address, the backlog or an option is none; or the address is link-local and has no zone.
 * - `EMFILE`: the process has no file descriptor left.
 * - `ENFILE`: the system has no file descriptor left.
 * - `ENOMEM`: the kernel has no memory left.
 * - `ENOTSUP`: `reusePort`, and this version of Node or this system does not know it; or in a browser.
 * @remarks Cancellation: nothing is left behind.
 * @example
 * ```ts
 * const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
 * console.log(`listening on port ${tcpLocal(ls).port}`);
 * ```
 * @see tcp_listen(3), https://libdill.org/tcp_listen.html
 */
export function tcpListen(
  addr: Ipaddr,
  backlog: number,
  options?: TcpListenOptions,
): Operation<TcpListener> {
  return new Listen(addr, backlog, options);
}

const maxBacklog = 2 ** 31 - 1;

class Listen extends OpeningListener<TcpListener> {
  readonly syscall = "tcp_listen";
  readonly #addr: Ipaddr;
  readonly #backlog: number;
  readonly #options: TcpListenOptions | undefined;
  #at: string | undefined;
  #listener: ListenerResource | undefined;

  constructor(addr: Ipaddr, backlog: number, options: TcpListenOptions | undefined) {
    super();
    this.#addr = addr;
    this.#backlog = backlog;
    this.#options = options;
  }

  protected begin(): Step<TcpListener> {
    this.checkCanceled();
    const at = checkEndpoint(this.#addr, this.syscall);
    const address = endpointOf(at);
    this.#at = address;
    const backlog = this.#checkBacklog();
    const given = new Options(this.#options, this.syscall, address);
    const options = readTcpOptions(given);
    const reusePort = given.flag("reusePort", false);
    if (reusePort && !inet().hasReusePort) {
      const message = "this version of Node does not know reusePort";
      throw dillError("ENOTSUP", this.syscall, { address, message });
    }
    const task = this.waiter(); // Effection may put another one in its place
    const listener = new ListenerResource(tcp, backlog);
    this.#listener = listener;
    listener.host = inet().listen(
      at,
      { ...options, backlog: Math.max(backlog, 1), reusePort },
      this.eventsFor(listener),
    );
    return this.suspendUnlessCome(task, Infinity, "outside");
  }

  #checkBacklog(): number {
    const backlog = this.#backlog;
    if (Number.isInteger(backlog) && backlog >= 0 && backlog <= maxBacklog) return backlog;
    const message = `the backlog is a whole number from 0 to ${maxBacklog}, not ${textOf(backlog)}`;
    throw dillError("EINVAL", this.syscall, { address: this.#at, message });
  }

  protected copy(): Listen {
    return new Listen(this.#addr, this.#backlog, this.#options);
  }

  protected override address(): string | undefined {
    return this.#at;
  }

  undo(): void {
    this.#listener?.close();
  }
}
