import { dillError, isErrno, Options, signalError } from "../errors/index.js";
import {
  checkName,
  IPADDR_IPV4,
  IPADDR_IPV6,
  type IpaddrRemoteOptions,
  ipaddrRemotes,
  readResolver,
} from "../ipaddr/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../kernel/index.js";
import { readTcpOptions, tcpConnect, type TcpOptions, type TcpSocket } from "../tcp/index.js";
import { race } from "./race.js";

/** What {@link happyeyeballsConnect} may be told: whom to ask for names, and how the connection behaves. */
export interface HappyeyeballsOptions extends TcpOptions, IpaddrRemoteOptions {}

const syscall = "happyeyeballs_connect";

/**
 * Connects to a host by its name, whichever of its addresses answers.
 *
 * IPv6 and IPv4 addresses are looked up at once, and tried by turns, IPv6 first. Each attempt has 250 ms for itself; then the
 * next one begins beside it. One that fails makes the next begin at once. The first that connects wins, and the others are closed.
 * IPv4 addresses that are there first wait 50 ms for those of IPv6.
 *
 * Unlike libdill's, it does not wait for its deadline when there is nothing left to try.
 *
 * @param name - The host's name, or an address as text.
 * @param port - From 1 to 65535.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what needs no wait.
 * @param options - Whom to ask for names, and how the connection behaves.
 * @returns Handle of the connected socket: a bytestream for {@link bsend} and {@link brecv}.
 * @throws {@link DillError}
 * - `EADDRNOTAVAIL`: the name does not exist, or has no address.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the name, the port, the deadline or an option is none.
 * - `EIO`: a server for names has failed.
 * - `ENOTSUP`: in a browser.
 * - `ETIMEDOUT`: the deadline came first, or no server for names has answered in the system's own time.
 *
 * Besides, if all addresses have failed, the code of the first one, as of {@link tcpConnect}: `ECONNREFUSED`, say. The `cause` is
 * an `AggregateError` with the errors of all addresses, in the order in which they were tried.
 * @remarks Cancellation: all attempts are dropped, and their descriptors closed before the error arrives.
 * @example
 * ```ts
 * const deadline = now() + 5000;
 * const s = yield* happyeyeballsConnect("example.org", 80, deadline);
 * ```
 * @see happyeyeballs_connect(3), https://libdill.org/happyeyeballs_connect.html
 * @see RFC 8305, https://www.rfc-editor.org/rfc/rfc8305
 */
export function happyeyeballsConnect(
  name: string,
  port: number,
  deadline: number,
  options?: HappyeyeballsOptions,
): Operation<TcpSocket> {
  return operation(syscall, () => connect(name, port, deadline, options));
}

function* connect(
  name: string,
  port: number,
  until: number,
  options: HappyeyeballsOptions | undefined,
): Steps<TcpSocket> {
  const deadline = readDeadline(until, syscall);
  checkName(name, port, syscall);
  if (port === 0) throw dillError("EINVAL", syscall, "nobody can have port 0");
  const given = new Options(options, syscall, name);
  const { noDelay, keepAlive } = readTcpOptions(given);
  const tcp: TcpOptions = keepAlive === 0 ? { noDelay } : { noDelay, keepAlive };
  const resolver = readResolver(given);
  const modes = { ipv4: IPADDR_IPV4, ipv6: IPADDR_IPV6 } as const;
  try {
    return yield* race(
      {
        lookUp: (family) => ipaddrRemotes(name, port, modes[family], deadline, { resolver }),
        connect: (addr) => tcpConnect(addr, deadline, tcp),
      },
      { name, deadline, syscall },
    );
  } catch (error) {
    if (isErrno(error, "ECANCELED")) throw signalError("ECANCELED", syscall, name);
    throw error;
  }
}
