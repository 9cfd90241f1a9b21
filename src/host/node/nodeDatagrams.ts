// UDP over node:dgram.
import type { Socket } from "node:dgram";
import type { InetAddress } from "../address.js";
import type { DatagramEvents, DatagramOptions, Datagrams, HostDatagrams } from "../datagrams.js";
import type { Failure } from "../sockets.js";
import { dgram, util } from "./builtin.js";
import { failureNamed, failureOf } from "./errnoOf.js";
import { addressOf } from "./inetSocket.js";
import { Refable, reportEnds, reportStarts } from "./refable.js";
import { nextTick } from "./timers.js";

export function makeDatagrams(): Datagrams {
  return { open: (at, options, events) => new NodeDatagrams(at, options, events) };
}

/** What is behind a socket of Node's. Its send returns libuv's error, or 0 if the datagram has to wait. */
interface Handle {
  send: (...args: readonly unknown[]) => number;
}

class NodeDatagrams extends Refable implements HostDatagrams {
  readonly #socket: Socket;
  /** What the kernel said to the last datagram; undefined where Node doesn't tell. */
  #said: number | undefined;
  #isOpen = false;

  constructor(at: InetAddress, { broadcast }: DatagramOptions, events: DatagramEvents) {
    super();
    const socket = dgram().createSocket({
      type: at.family === "ipv6" ? "udp6" : "udp4",
      lookup: (address, _options, found) => found(null, address, 0), // all are literals
    });
    this.#socket = socket;
    socket.unref();
    socket.on("message", (bytes, { address, port, family }) => {
      if (this.isClosed) return;
      reportStarts();
      events.received(bytes, { address, port, family: family === "IPv6" ? "ipv6" : "ipv4" });
      reportEnds();
    });
    // Node binds inside the call.
    socket.on("listening", () => nextTick(() => this.#opened(broadcast, events)));
    socket.on("error", (error) => nextTick(() => this.#failed(error, events)));
    // Without `exclusive`, a cluster's primary process would bind in place of this one.
    socket.bind({ address: at.address, port: at.port, exclusive: true });
  }

  #opened(broadcast: boolean, events: DatagramEvents): void {
    if (this.isClosed) return;
    try {
      if (broadcast) this.#socket.setBroadcast(true);
    } catch (error) {
      this.#failed(error, events);
      return;
    }
    this.#listenToSends();
    this.#isOpen = true;
    events.opened();
  }

  #failed(error: unknown, events: DatagramEvents): void {
    if (this.isClosed) return;
    if (!this.#isOpen) this.close(); // it will never open
    events.failed(failureOf(error));
  }

  /** Node tells a callback later what the kernel said at once. */
  #listenToSends(): void {
    const handle = handleOf(this.#socket);
    if (handle === undefined) return;
    const { send } = handle;
    handle.send = (...args) => {
      const said = Reflect.apply(send, handle, args);
      this.#said = said;
      return said;
    };
  }

  send(bytes: Uint8Array, to: InetAddress): Failure | "sent" | "full" {
    const socket = this.#socket;
    if ("getSendQueueCount" in socket && socket.getSendQueueCount() > 0) return "full"; // not in Deno
    this.#said = undefined;
    socket.send(bytes, to.port, to.address);
    const said = this.#said ?? 0;
    return said < 0 ? failureNamed(util().getSystemErrorName(said)) : "sent";
  }

  address(): InetAddress | undefined {
    const { address, port, family } = this.#socket.address();
    return addressOf(address, port, family);
  }

  protected held(): Socket {
    return this.#socket;
  }

  close(): void {
    if (this.isClosed) return; // Node would throw
    this.isClosed = true;
    this.#socket.close();
  }
}

/** Its one way to the kernel. Undefined where there is none: in Bun and Deno. */
function handleOf(socket: Socket): Handle | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === "state symbol",
  );
  const state: unknown = symbol && Reflect.get(socket, symbol);
  const handle: unknown = typeof state === "object" && state && Reflect.get(state, "handle");
  return isHandle(handle) ? handle : undefined;
}

function isHandle(value: unknown): value is Handle {
  return (
    typeof value === "object" &&
    value !== null &&
    "send" in value &&
    typeof value.send === "function"
  );
}
