// The servers that are compared. The first is the measure.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildGo, isMissing } from "../peers.js";
import type { Order } from "./service.js";

export interface ServerProgram {
  readonly name: string;
  /** Whether the server says what it has spent on garbage. */
  readonly tellsOfGarbage: boolean;
  readonly command: (order: Order) => readonly [string, ...string[]];
}

const somaxconn = "/proc/sys/net/core/somaxconn";

/** The longest queue of connects that the system allows. */
export const backlog = existsSync(somaxconn) ? Number(readFileSync(somaxconn, "utf8")) : 128;

export const serverNames = ["callbacks", "async", "floor", "ours", "go"] as const;

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
      found.push({ name, tellsOfGarbage: false, command });
    } catch (error) {
      if (!isMissing(error)) throw error;
      note("go is not installed and left out");
    }
  }
  return found;
}

/** As users start it: with no flags. */
function nodeServer(name: string): ServerProgram {
  const program = fileURLToPath(new URL(`servers/${name}.js`, import.meta.url));
  return {
    name,
    tellsOfGarbage: true,
    command: (order) => [process.execPath, program, ...wordsOf(order)],
  };
}

function wordsOf({ carrier, path, service, backlog: longest }: Order): string[] {
  return [carrier, path, service, String(longest)];
}
