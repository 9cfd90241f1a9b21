// Simulated names: those that the simulation was told, and localhost.
import type { InterfaceAddress, Names } from "../names.js";
import type { EventLoop } from "./eventLoop.js";

/** Addresses by name. */
export type HostNames = Readonly<Record<string, readonly string[]>>;

const interfaces: readonly InterfaceAddress[] = [
  { name: "lo", family: "ipv4", address: "127.0.0.1", scope: 0 },
  { name: "lo", family: "ipv6", address: "::1", scope: 0 },
];

export function virtualNames(loop: EventLoop, known: HostNames): Names {
  const names = new Map(Object.entries({ localhost: ["127.0.0.1", "::1"], ...known }));
  return {
    lookup({ name, family }, events) {
      const wanted = (names.get(name) ?? []).filter((text) => {
        return text.includes(":") === (family === "ipv6");
      });
      return loop.at(0, { what: `an answer about ${name}` }, () => events.found(wanted));
    },
    interfaces: () => interfaces,
  };
}
