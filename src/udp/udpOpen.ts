import { Options } from "../errors/index.js";
import { makeHandleFor } from "../handles/index.js";
import { datagrams, endpointOf } from "../host/index.js";
import {
  checkEndpoint,
  type Ipaddr,
  ipaddrLocal,
  IPADDR_IPV4,
  IPADDR_IPV6,
} from "../ipaddr/index.js";
import type { Operation, Step } from "../kernel/index.js";
import { Opening } from "../sockets/index.js";
import { checkTarget, UdpResource, type UdpSocket } from "./udpSocket.js";

/** What {@link udpOpen} may be told. */
export interface UdpOptions {
  /** Whether datagrams may go to a broadcast address; false if not given. */
  readonly broadcast?: boolean | undefined;
}

/**
 * Opens a UDP socket.
 *
 * Unlike libdill's, it is bound from the beginning, and tells if that fails. With a default remote address it receives from
 * there only, and {@link msend} and {@link mrecv} work on it as on any message socket. {@link hclose} closes it.
 *
 * Node can't be told to stop receiving. So 1024 datagrams or 1 MiB wait for a receive, besides what the kernel holds; those
 * that come beyond are dropped, and {@link udpDropped} counts them.
 *
 * @param local - Where to receive, of {@link ipaddrLocal}; `null` for any port of all addresses.
 * @param remote - The default remote address, of {@link ipaddrRemote}; `null` for none.
 * @param options - How it behaves.
 * @returns Handle of the socket.
 * @throws {@link DillError}
 * - `EACCES`: the port is one of those that only a privileged process may have.
 * - `EADDRINUSE`: somebody has the port already.
 * - `EADDRNOTAVAIL`: the local address is none of this machine.
 * - `EAFNOSUPPORT`: the system has no such protocol.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: an address or an option is none, the remote port is 0, or the addresses are of two families; or one is
 * link-local and has no zone.
 * - `EMFILE`: the process has no file descriptor left.
 * - `ENFILE`: the system has no file descriptor left.
 * - `ENOMEM`: the kernel has no memory left.
 * - `ENOTSUP`: in a browser.
 * @remarks Cancellation: nothing is left behind.
 * @example Ask a question, and wait a second for the answer
 * ```ts
 * const s = yield* udpOpen(null, ipaddrLocal("127.0.0.1", 5555));
 * yield* msend(s, Buffer.from("what time is it?"), -1);
 * const answer = yield* mrecv(s, now() + 1000);
 * ```
 * @see udp_open(3), https://libdill.org/udp_open.html
 */
export function udpOpen(
  local: Ipaddr | null,
  remote: Ipaddr | null,
  options?: UdpOptions,
): Operation<UdpSocket> {
  return new Open(local, remote, options);
}

class Open extends Opening<UdpSocket> {
  readonly syscall = "udp_open";
  readonly #local: Ipaddr | null;
  readonly #remote: Ipaddr | null;
  readonly #options: UdpOptions | undefined;
  #at: string | undefined;
  #socket: UdpResource | undefined;

  constructor(local: Ipaddr | null, remote: Ipaddr | null, options: UdpOptions | undefined) {
    super();
    this.#local = local;
    this.#remote = remote;
    this.#options = options;
  }

  protected begin(): Step<UdpSocket> {
    this.checkCanceled();
    const { local, remote } = this.#checkAddresses();
    this.#at = endpointOf(local);
    const options = new Options(this.#options, this.syscall, this.#at);
    const broadcast = options.flag("broadcast", false);
    const task = this.waiter(); // Effection may put another one in its place
    const socket = new UdpResource(local.family, remote);
    this.#socket = socket;
    let isOpen = false;
    socket.host = datagrams().open(
      local,
      { broadcast },
      {
        opened: () => {
          isOpen = true;
          this.open((waiting) => makeHandleFor(waiting, socket) as UdpSocket);
        },
        received: (bytes, from) => socket.received(bytes, from),
        failed: (failure) => (isOpen ? socket.failed(failure) : this.fail(failure)),
      },
    );
    return this.suspendUnlessCome(task, Infinity, "outside");
  }

  #checkAddresses(): { local: Ipaddr; remote: Ipaddr | null } {
    const [local, remote] = [this.#local, this.#remote];
    const at = local === null ? null : checkEndpoint(local, this.syscall);
    const peer = remote === null ? null : checkEndpoint(remote, this.syscall);
    const family = at?.family ?? peer?.family ?? "ipv4";
    if (peer !== null) checkTarget(peer, family, this.syscall);
    const mode = family === "ipv6" ? IPADDR_IPV6 : IPADDR_IPV4;
    return { local: at ?? ipaddrLocal(null, 0, mode), remote: peer };
  }

  protected copy(): Open {
    return new Open(this.#local, this.#remote, this.#options);
  }

  protected override address(): string | undefined {
    return this.#at;
  }

  undo(): void {
    this.#socket?.close();
  }
}
