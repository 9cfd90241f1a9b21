// What the servers are put under.
import { execFileSync } from "node:child_process";
import { backlog } from "./servers.js";
import type { Carrier, Service } from "./service.js";

export interface Scenario {
  readonly name: string;
  readonly carrier: Carrier;
  readonly service: Service;
  readonly clients: number;
  /** So many of the clients read slowly; what is told is about the others. */
  readonly slow: number;
  /** All connect at once, to a server that has served nobody yet, and send one request each. */
  readonly isBurst: boolean;
}

const calm = { carrier: "local", slow: 0, isBurst: false } as const;

export const scenarios: readonly Scenario[] = [
  ...(["echo", "reply"] as const).flatMap((service) =>
    [1, 100, 1_000, 10_000].map((clients) => ({
      ...calm,
      name: `${service}${clients}`,
      service,
      clients,
    })),
  ),
  ...[1, 100, 1_000].map(
    (clients): Scenario => ({
      ...calm,
      name: `tcpEcho${clients}`,
      carrier: "tcp",
      service: "echo",
      clients,
    }),
  ),
  { ...calm, name: "wsEcho1000", carrier: "tcp", service: "wsEcho", clients: 1_000 },
  { ...calm, name: "slow", service: "reply", clients: 100, slow: 1 },
  // Over TCP a connect waits where it is told to come again on a local socket.
  { ...calm, name: "burst", service: "echo", clients: 5_000, isBurst: true },
];

/** Both sides have files of their own open, too. */
const others = 100;

/** Why a scenario can't be had here; undefined if it can. */
export function obstacle({ clients }: Scenario, limit = descriptorLimit()): string | undefined {
  if (clients + others <= limit) return undefined;
  return `${clients} clients need more descriptors than the ${limit} of ulimit -Hn`;
}

/** What a scenario meets here that others may not meet. */
export function remark({ clients, isBurst }: Scenario): string | undefined {
  if (!isBurst || clients <= backlog) return undefined;
  return `${clients} connects, and a backlog of at most ${backlog} (net.core.somaxconn): the rest come again`;
}

/** Node takes all that it may have, and so does the program that makes the load. */
function descriptorLimit(): number {
  const text = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  return text === "unlimited" ? Number.POSITIVE_INFINITY : Number(text);
}
