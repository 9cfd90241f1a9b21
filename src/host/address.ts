/** One end of a connection, as the system writes it. */
export interface InetAddress {
  readonly family: "ipv4" | "ipv6";
  /** The address as text; the zone of a link-local one is part of it. */
  readonly address: string;
  readonly port: number;
}
