// The servers that are compared. The first is the measure.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildGo, isMissing } from "../peers.js";
import type { Order, Service } from "./service.js";

export interface ServerProgram {
  readonly name: string;
  readonly serves: (service: Service) => boolean;
  /** Whether the server says what it has spent on garbage. */
  readonly tellsOfGarbage: boolean;
  readonly command: (order: Order) => readonly [string, ...string[]];
}

const somaxconn = "/proc/sys/net/core/somaxconn";

/** The longest queue of connects that the system allows. */
export const backlog = existsSync(somaxconn) ? Number(readFileSync(somaxconn, "utf8")) : 128;

export const serverNames = ["callbacks", "async", "floor", "ws", "ours", "go"] as const;

/** Where node's programs are, by what they serve: so that none loads what it does not need. */
const programs = {
  callbacks: ofBytes("callbacks"),
  async: ofBytes("async"),
  floor: ofBytes("floor"),
  ws: { wsEcho: "ws" },
  ours: { ...ofBytes("ours"), wsEcho: "oursWs" },
} satisfies Record<string, Partial<Record<Service, string>>>;

function ofBytes(program: string): Record<"echo" | "reply", string> {
  return { echo: program, reply: program };
}

/** Finds the servers of these names; says of Go that it is missing, if it is. */
export async function findServers(
  names: readonly string[],
  note: (sentence: string) => void,
): Promise<ServerProgram[]> {
  const found: ServerProgram[] = [];
  for (const name of serverNames.filter((each) => names.includes(each))) {
    if (name !== "go") {
      found.push(nodeServer(name));
      continue;
    }
    try {
      const binary = await buildGo();
      const command: ServerProgram["command"] = (order) => [binary, "load", ...wordsOf(order)];
      found.push({
        name,
        serves: (service) => service !== "wsEcho",
        tellsOfGarbage: false,
        command,
      });
    } catch (error) {
      if (!isMissing(error)) throw error;
      note("go is not installed and left out");
    }
  }
  return found;
}

/** As users start it: with no flags. */
function nodeServer(name: keyof typeof programs): ServerProgram {
  const files: Partial<Record<Service, string>> = programs[name];
  return {
    name,
    serves: (service) => files[service] !== undefined,
    tellsOfGarbage: true,
    command(order) {
      const program = new URL(`servers/${files[order.service]}.js`, import.meta.url);
      return [process.execPath, fileURLToPath(program), ...wordsOf(order)];
    },
  };
}

function wordsOf({ carrier, path, service, backlog: longest }: Order): string[] {
  return [carrier, path, service, String(longest)];
}
