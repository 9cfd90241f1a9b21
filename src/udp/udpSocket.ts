// What is behind the handle of a UDP socket: datagrams that nobody has received yet, and who waits for one.
//
// The host can't be told to stop receiving. So what nobody takes waits here, up to a limit, and what comes beyond that is
// dropped, as the kernel itself would drop it.
import { Ring } from "../collections/index.js";
import { dillError } from "../errors/index.js";
import { type Handle, queryHandle, type Resource } from "../handles/index.js";
import { endpointOf, type Failure, type HostDatagrams, type InetAddress } from "../host/index.js";
import { checkEndpoint, fromHost, type Ipaddr, ipaddrEqual } from "../ipaddr/index.js";
import {
  BlockingOperation,
  type Event,
  type Operation,
  type Readable,
  readableType,
  readDeadline,
  type Step,
} from "../kernel/index.js";
import {
  failureError,
  type MessageMethods,
  type MessageSocket,
  messageType,
  type ReceiveTarget,
} from "../sockets/index.js";
import { type Datagram, type Inbound, ReadableEvent, type Receiver } from "./inbound.js";
import { filling, Receiving } from "./receiving.js";

/** Handle of a UDP socket. It carries messages, too: those from and to its default remote address. */
export type UdpSocket = Handle<"udp"> & MessageSocket;

/** How many datagrams a UDP socket has dropped. */
export interface UdpDropped {
  /** Came while too many waited to be received. */
  readonly incoming: number;
  /** Were sent while the kernel had no room for what was sent before. */
  readonly outgoing: number;
}

const maxWaiting = 1024;
const maxBytes = 1_048_576;

export class UdpResource implements Resource, Readable, MessageMethods, Inbound {
  readonly kind = "a udp socket";
  readonly remote: Ipaddr | null;
  private readonly family: "ipv4" | "ipv6";
  host: HostDatagrams | null = null;
  receiver: Receiver | null = null;
  isClosed = false;
  readonly dropped = { incoming: 0, outgoing: 0 };
  private readonly waiting = new Ring<Datagram>();
  /** Were taken out already, by receives that did not come to their end. The last one is first in line. */
  private readonly returned: Datagram[] = [];
  private bytes = 0;
  private failure: Failure | undefined;
  /** Where the last one came from. */
  private lastAddr: Ipaddr | undefined;

  constructor(family: "ipv4" | "ipv6", remote: Ipaddr | null) {
    this.family = family;
    this.remote = remote;
  }

  query(type: unknown): unknown {
    return type === udpType || type === messageType || type === readableType ? this : undefined;
  }

  close(): void {
    this.isClosed = true;
    this.receiver?.closed();
    this.host?.close();
  }

  received(data: Buffer, from: InetAddress): void {
    const addr = this.senderOf(from);
    if (addr === undefined) return;
    if (this.length >= maxWaiting || this.bytes + data.length > maxBytes) {
      this.dropped.incoming += 1;
      return;
    }
    this.bytes += data.length;
    this.waiting.push({ data, addr });
    this.receiver?.arrived();
  }

  failed(failure: Failure): void {
    this.failure = failure;
    this.receiver?.arrived();
  }

  /** Undefined if it is not the one from whom alone this socket receives. */
  private senderOf(from: InetAddress): Ipaddr | undefined {
    const { remote, lastAddr } = this;
    if (remote !== null) return isSame(remote, from) ? remote : undefined;
    if (lastAddr?.address === from.address && lastAddr.port === from.port) return lastAddr;
    this.lastAddr = fromHost(from);
    return this.lastAddr;
  }

  private get length(): number {
    return this.waiting.length + this.returned.length;
  }

  get isReadable(): boolean {
    return this.length > 0 || this.failure !== undefined;
  }

  claim(): Datagram | undefined {
    const datagram = this.returned.pop() ?? this.waiting.shift();
    if (datagram !== undefined) this.bytes -= datagram.data.length;
    return datagram;
  }

  takeFailure(): Failure | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }

  giveBack(datagram: Datagram): void {
    this.bytes += datagram.data.length;
    this.returned.push(datagram);
    this.receiver?.arrived();
  }

  whenReadable(syscall: string): Event<void> {
    return new ReadableEvent(this, syscall);
  }

  /** Sends at once, or drops it. */
  sendTo(addr: Ipaddr | null, list: readonly Uint8Array[], syscall: string): void {
    const to = this.targetFor(addr, syscall);
    // A copy, because Node keeps what the kernel has no room for, and the caller's buffers are the caller's again.
    const said = this.host?.send(Buffer.concat(list), to);
    if (said === "full") this.dropped.outgoing += 1;
    else if (typeof said === "object") throw failureError(said, syscall, endpointOf(to));
  }

  private targetFor(addr: Ipaddr | null, syscall: string): Ipaddr {
    const { lastAddr } = this;
    const isAnswer = lastAddr !== undefined && addr === lastAddr && lastAddr.port !== 0;
    if (isAnswer) return lastAddr; // needs no check
    if (addr !== null) return checkTarget(addr, this.family, syscall);
    if (this.remote !== null) return this.remote;
    const message = "this socket has no default remote address: say where the datagram is to go";
    throw dillError("EINVAL", syscall, message);
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "msend"): Operation<void> {
    return new SendingToRemote(this, list, deadline, syscall);
  }

  receive(deadline: number, syscall = "mrecv"): Operation<Buffer> {
    return new Receiving(() => [this, ({ data }) => data], deadline, syscall);
  }

  receiveInto(
    targets: readonly ReceiveTarget[],
    deadline: number,
    syscall = "mrecvl",
  ): Operation<number> {
    const fill = filling(targets, syscall);
    return new Receiving(() => [this, ({ data }) => fill(data)], deadline, syscall);
  }

  checkIdle(syscall: string): void {
    if (this.receiver === null) return;
    throw dillError("EBUSY", syscall, "another coroutine is receiving on this socket");
  }
}

/** Needs no wait, and works in a coroutine that is being canceled. */
class SendingToRemote extends BlockingOperation<void> {
  readonly syscall: string;
  private readonly socket: UdpResource;
  private readonly list: readonly Uint8Array[];
  private readonly deadline: number;

  constructor(socket: UdpResource, list: readonly Uint8Array[], deadline: number, syscall: string) {
    super();
    this.socket = socket;
    this.list = list;
    this.deadline = deadline;
    this.syscall = syscall;
  }

  protected begin(): Step<void> {
    readDeadline(this.deadline, this.syscall);
    this.socket.sendTo(null, this.list, this.syscall);
    return this.complete(undefined);
  }

  protected resume(): Step<void> {
    return this.complete(undefined);
  }

  undo(): void {}

  protected copy(): SendingToRemote {
    return new SendingToRemote(this.socket, this.list, this.deadline, this.syscall);
  }
}

const udpType: unique symbol = Symbol("udp socket");

export function udpOf(s: Handle, syscall: string): UdpResource {
  return queryHandle(s, udpType, "a udp socket", syscall) as UdpResource;
}

/** The address if a socket of the family can send to it. */
export function checkTarget(addr: Ipaddr, family: "ipv4" | "ipv6", syscall: string): Ipaddr {
  const to = checkEndpoint(addr, syscall);
  const address = endpointOf(to);
  if (to.family !== family) {
    const message = `the socket is of ${family}, the address is not`;
    throw dillError("EINVAL", syscall, { address, message });
  }
  if (to.port !== 0) return to;
  throw dillError("EINVAL", syscall, { address, message: "nobody can have port 0" });
}

/** The system may write an address in another way, such as a zone as a number. */
function isSame(remote: Ipaddr, from: InetAddress): boolean {
  if (remote.port !== from.port) return false;
  if (remote.address === from.address) return true;
  const addr = fromHost(from);
  return addr !== undefined && ipaddrEqual(remote, addr);
}
