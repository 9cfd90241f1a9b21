import { dillError, textOf } from "../errors/index.js";
import { type InterfaceAddress, names } from "../host/index.js";
import { checkPort, type Ipaddr, ipaddrOf } from "./ipaddr.js";
import { familiesOf, type IpaddrMode } from "./mode.js";

/**
 * An address of this machine, to listen on.
 *
 * The name is an address as text, or a network interface such as `"eth0"`, of which it takes the first address of
 * the preferred family. Names of hosts are for {@link ipaddrRemote}. Never blocks.
 *
 * @param name - The address or interface; `null` for all of them.
 * @param port - From 0 to 65535; 0 lets the system choose when a socket listens.
 * @param mode - Which family it may be; {@link IPADDR_PREF_IPV4} if not given.
 * @returns The address.
 * @throws {@link DillError}
 * - `EINVAL`: the name is neither a string nor `null`; or the port or the mode is none.
 * - `ENODEV`: no interface has that name, or none of its addresses is of the family.
 * @example
 * ```ts
 * const everywhere = ipaddrLocal(null, 5555);
 * const here = ipaddrLocal("127.0.0.1", 0);
 * ```
 * @see ipaddr_local(3), https://libdill.org/ipaddr_local.html
 */
export function ipaddrLocal(name: string | null, port: number, mode: IpaddrMode = 0): Ipaddr {
  checkPort(port, syscall);
  const families = familiesOf(mode, syscall);
  if (name === null) return ipaddrOf(families[0] === "ipv4" ? "0.0.0.0" : "::", port) as Ipaddr;
  if (typeof name !== "string") {
    const message = `the name of an interface is a string, not ${textOf(name)}`;
    throw dillError("EINVAL", syscall, message);
  }
  const literal = ipaddrOf(name, port);
  if (literal !== undefined && families.includes(literal.family)) return literal;
  const entries = names()
    .interfaces()
    .filter((entry) => entry.name === name);
  for (const family of families) {
    const entry = entries.find((each) => each.family === family);
    const found = entry && addressOf(entry, port);
    if (found !== undefined) return found;
  }
  const isInterface = entries.length > 0 || literal !== undefined;
  const message = isInterface ? undefined : noInterface;
  throw dillError("ENODEV", syscall, { address: name, message });
}

/** An interface whose name can't be a zone has a number that can. */
function addressOf({ name, address, scope }: InterfaceAddress, port: number): Ipaddr | undefined {
  if (scope === 0) return ipaddrOf(address, port);
  return ipaddrOf(`${address}%${name}`, port) ?? ipaddrOf(`${address}%${scope}`, port);
}

const syscall = "ipaddr_local";
const noInterface = "no interface has this name; names of hosts are for ipaddrRemote";
