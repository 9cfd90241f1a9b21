// The machines of a simulated network. Each has its own socket files and its own addresses. What was started on none of them runs on
// one that nobody has named, whose addresses are those of the names that are no machine's.

/** Addresses by machine: `{ db: ["10.0.0.2"] }`. */
export type MachineAddresses = Readonly<Record<string, readonly string[]>>;

/** The machine on which everything runs that was not started on another one. */
export const unnamed = "";

export class Machines {
  private readonly byAddress = new Map<string, string>();
  private readonly addresses: MachineAddresses;
  private readonly whereCodeRuns: () => string;

  /** `whereCodeRuns`: the machine of the code that runs now. */
  constructor(addresses: MachineAddresses, whereCodeRuns: () => string) {
    this.addresses = addresses;
    this.whereCodeRuns = whereCodeRuns;
    for (const [name, list] of Object.entries(addresses)) {
      for (const address of list) this.byAddress.set(address, name);
    }
  }

  get here(): string {
    return this.whereCodeRuns();
  }

  has(name: string): boolean {
    return name !== unnamed && Object.hasOwn(this.addresses, name);
  }

  /** The machine that has the address, as seen from another one. */
  at(address: string, from: string): string {
    const isOwn = address === "::1" || address.startsWith("127.");
    return isOwn ? from : (this.byAddress.get(address) ?? unnamed);
  }

  /** Whether a socket of the machine can be bound to the address. */
  mayBind(machine: string, address: string): boolean {
    const isEvery = address === "0.0.0.0" || address === "::";
    const isLoopback = address === "::1" || address.startsWith("127.");
    return isEvery || isLoopback || this.byAddress.get(address) === machine;
  }

  /** What the machine calls itself when it connects to that address. */
  ownAddress(machine: string, family: "ipv4" | "ipv6", to: string): string {
    const loopback = family === "ipv6" ? "::1" : "127.0.0.1";
    if (this.at(to, machine) === machine) return loopback;
    const own = this.addresses[machine] ?? [];
    return own.find((address) => address.includes(":") === (family === "ipv6")) ?? loopback;
  }
}
