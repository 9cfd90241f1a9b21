import { Options } from "../errors/index.js";
import { endpointOf, type HostSocket, inet } from "../host/index.js";
import { checkEndpoint, type Ipaddr } from "../ipaddr/index.js";
import { type Operation, readDeadline, type Step } from "../kernel/index.js";
import { Opening, socketFor } from "../sockets/index.js";
import { readTcpOptions, type TcpOptions } from "./options.js";
import { tcp, type TcpSocket } from "./tcpSocket.js";

/**
 * Connects to a peer that listens on a TCP port.
 *
 * Unlike libdill's, its small writes go out at once ({@link TcpOptions}). And {@link hclose} loses nothing that
 * {@link bsend} has sent: it ends the stream, and resets the connection only if a send was cut in the middle, so that the
 * peer can't take the torn stream for a whole one.
 *
 * @param addr - The peer's address, of {@link ipaddrRemote}.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what needs no wait.
 * @param options - How the connection behaves.
 * @returns Handle of the connected socket: a bytestream for {@link bsend} and {@link brecv}.
 * @throws {@link DillError}
 * - `EACCES`: the system forbids it, by a route or a filter.
 * - `EADDRNOTAVAIL`: no port of this machine is left for it, or the address is none to connect to.
 * - `EAFNOSUPPORT`: the system has no such protocol.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNREFUSED`: nobody listens there.
 * - `ECONNRESET`: the peer has broken the connection off.
 * - `EHOSTUNREACH`: the network does not reach the machine.
 * - `EINVAL`: the address, the deadline or an option is none; the address is link-local and has no zone; or its route is
 *   a black hole.
 * - `EMFILE`: the process has no file descriptor left.
 * - `ENETDOWN`: the network is down.
 * - `ENETUNREACH`: no route leads to the network.
 * - `ENFILE`: the system has no file descriptor left.
 * - `ENOMEM`: the kernel has no memory left.
 * - `ENOTSUP`: in a browser.
 * - `ETIMEDOUT`: the deadline came first, or the peer has not answered for as long as the kernel asks, some two minutes.
 * @remarks Cancellation: the attempt is dropped and its descriptor closed before the error arrives.
 * @example Say hello, for at most a second
 * ```ts
 * const deadline = now() + 1000;
 * const s = yield* tcpConnect(yield* ipaddrRemote("localhost", 5555, 0, deadline), deadline);
 * try {
 *   yield* bsend(s, Buffer.from("world"), deadline);
 * } finally {
 *   hclose(s);
 * }
 * ```
 * @see tcp_connect(3), https://libdill.org/tcp_connect.html
 */
export function tcpConnect(
  addr: Ipaddr,
  deadline: number,
  options?: TcpOptions,
): Operation<TcpSocket> {
  return new Connect(addr, deadline, options);
}

class Connect extends Opening<TcpSocket> {
  readonly syscall = "tcp_connect";
  readonly #addr: Ipaddr;
  readonly #deadline: number;
  readonly #options: TcpOptions | undefined;
  #to: string | undefined;
  #attempt: HostSocket | undefined;

  constructor(addr: Ipaddr, deadline: number, options: TcpOptions | undefined) {
    super();
    this.#addr = addr;
    this.#deadline = deadline;
    this.#options = options;
  }

  protected begin(): Step<TcpSocket> {
    this.checkCanceled();
    const deadline = readDeadline(this.#deadline, this.syscall);
    const to = checkEndpoint(this.#addr, this.syscall);
    this.#to = endpointOf(to);
    const options = readTcpOptions(new Options(this.#options, this.syscall, this.#to));
    const task = this.waiter(); // Effection may put another one in its place
    const attempt = inet().connect(to, options, {
      connected: () => this.open((waiting) => socketFor(tcp, waiting, attempt)),
      refused: (failure) => this.fail(failure),
    });
    this.#attempt = attempt;
    return this.suspendUnlessCome(task, deadline, "outside");
  }

  undo(): void {
    this.#attempt?.close();
  }

  protected copy(): Connect {
    return new Connect(this.#addr, this.#deadline, this.#options);
  }

  protected override address(): string | undefined {
    return this.#to;
  }
}
