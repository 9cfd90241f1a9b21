/** One end of a connection, as the system writes it. */
export interface InetAddress {
  readonly family: "ipv4" | "ipv6";
  /** The address as text; the zone of a link-local one is part of it. */
  readonly address: string;
  readonly port: number;
}

/** For messages: `127.0.0.1:80`, `[::1]:80`. */
export function endpointOf({ family, address, port }: InetAddress): string {
  return family === "ipv6" ? `[${address}]:${port}` : `${address}:${port}`;
}
