// A Node socket of TCP: it knows its addresses, and can end with a reset.
import type { Socket } from "node:net";
import type { InetAddress } from "../address.js";
import { type ConnectionEvents, NodeSocket } from "./nodeSocket.js";

export class InetSocket extends NodeSocket {
  /** Taken at once: once the peer has gone the kernel can't tell any more. */
  readonly #peer: InetAddress | undefined;

  constructor(socket: Socket, connecting?: { to: InetAddress; events: ConnectionEvents }) {
    super(socket, connecting?.events);
    const { remoteAddress, remotePort, remoteFamily } = socket;
    this.#peer = connecting?.to ?? addressOf(remoteAddress, remotePort, remoteFamily);
  }

  address(end: "local" | "peer"): InetAddress | undefined {
    if (end === "peer") return this.#peer;
    const { localAddress, localPort, localFamily } = this.socket;
    return addressOf(localAddress, localPort, localFamily);
  }

  /** Bytes that Node still has make a torn stream, too. Once the end has been handed to the kernel it is too late. */
  override close(isTorn = false): void {
    const socket = this.socket;
    const { connecting, writableEnded, writableLength } = socket;
    if (!connecting && (writableLength > 0 || (isTorn && !writableEnded))) {
      Reflect.deleteProperty(socket, "destroy"); // NodeSocket's, in front of Node's own
      socket.resetAndDestroy();
    }
    super.close();
  }
}

/** Node gives undefined, and not an error, if the kernel can't say. */
export function addressOf(
  address: string | undefined,
  port: number | undefined,
  family: string | undefined,
): InetAddress | undefined {
  if (address === undefined || port === undefined) return undefined;
  return { family: family === "IPv6" ? "ipv6" : "ipv4", address, port };
}
