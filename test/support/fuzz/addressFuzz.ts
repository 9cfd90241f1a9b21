// Texts of addresses: Node and we agree about which are some, and the address that is read is the one that is written.
import { isIP } from "node:net";
import { ipaddrEqual, ipaddrSockaddr, ipaddrStr, isErrno } from "libdill-ts";
import { mutated } from "./mutations.js";
import type { Random } from "./random.js";

const nasty = [...Buffer.from("0123456789abcdefF:.%/ \0")];

/** Tries one text, and returns its length. */
export function fuzzAddress(random: Random): number {
  const text = mutated(Buffer.from(goodText(random)), nasty, random).toString("latin1");
  const family = isIP(text);
  for (const [number, name] of [
    [4, "ipv4"],
    [6, "ipv6"],
  ] as const) {
    const canonical = textOf(name, text);
    if ((canonical !== undefined) !== (family === number)) {
      throw new Error(`${JSON.stringify(text)} is IPv${family} for Node, and ${canonical} for us`);
    }
    if (canonical !== undefined) checkSame(name, text, canonical);
  }
  return text.length;
}

function textOf(family: "ipv4" | "ipv6", address: string): string | undefined {
  try {
    return ipaddrStr({ family, address, port: 1 });
  } catch (error) {
    if (!isErrno(error, "EINVAL")) throw error;
    return undefined;
  }
}

function checkSame(family: "ipv4" | "ipv6", text: string, canonical: string): void {
  const [a, b] = [text, canonical].map((address) => ({ family, address, port: 1 }));
  if (a === undefined || b === undefined) return;
  const hasSameBytes =
    text.includes("%") || // of a zone, the bytes are the number of an interface that must be there
    ipaddrSockaddr(a).equals(ipaddrSockaddr(b));
  const isSame = textOf(family, canonical) === canonical && ipaddrEqual(a, b) && hasSameBytes;
  if (!isSame) throw new Error(`${text} is not ${canonical}`);
}

function goodText(random: Random): string {
  const number = (): string => String(random.below(random.pick([10, 256, 300])));
  const dotted = (): string => [number(), number(), number(), number()].join(".");
  const group = (): string => random.below(2 ** random.pick([1, 4, 16])).toString(16);
  const groups = (count: number): string => Array.from({ length: count }, group).join(":");
  switch (random.below(5)) {
    case 0:
      return dotted();
    case 1:
      return groups(8);
    case 2:
      return `${groups(random.below(5))}::${groups(random.below(4))}`;
    case 3:
      return `::ffff:${dotted()}`;
    default:
      return `fe80::${group()}%${random.pick(["lo", "1", "eth0", ""])}`;
  }
}
