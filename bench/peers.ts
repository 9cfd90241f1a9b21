// Who takes part, and where their contestants are.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Contender } from "./contender.js";
import type { Contestants } from "./contestant.js";
import type { Program, Suite } from "./programs.js";

/** The peers that are Node programs, and the suites for which they have contestants. */
const nodePeers: Readonly<Record<string, readonly Suite[]>> = {
  ours: ["runtime", "sockets", "cold"],
  node: ["sockets"],
  generators: ["runtime"],
  promises: ["runtime"],
  effection: ["runtime", "cold"],
  effect: ["runtime", "cold"],
  "thing-csp": ["runtime", "cold"],
  "ts-chan": ["runtime", "cold"],
};

export const peerNames: readonly string[] = [...Object.keys(nodePeers), "go"];

/** Someone who can be put to the start. */
export interface Peer {
  readonly name: string;
  /** The programs it takes part in. */
  readonly programs: ReadonlySet<string>;
  start(program: Program): Contender;
}

/** Finds the peers, and says of each that is missing why. */
export async function findPeers(
  names: readonly string[],
  note: (sentence: string) => void,
): Promise<Peer[]> {
  const found: Peer[] = [];
  for (const name of peerNames) {
    if (!names.includes(name)) continue;
    try {
      found.push(name === "go" ? await findGo() : await findNodePeer(name));
    } catch (error) {
      if (!isMissing(error)) throw error;
      note(`${name} is not installed and left out: ${error.message.split("\n")[0]}`);
    }
  }
  return found;
}

/** The contestants of a peer that is a Node program. */
export async function contestantsOf(peer: string, suite: Suite): Promise<Contestants> {
  const file = new URL(`peers/${peer}/${suite}.js`, import.meta.url);
  const module = (await import(file.href)) as { readonly contestants: Contestants };
  return module.contestants;
}

async function findNodePeer(name: string): Promise<Peer> {
  const programs = new Set<string>();
  for (const suite of nodePeers[name] ?? []) {
    for (const program of Object.keys(await contestantsOf(name, suite))) programs.add(program);
  }
  const worker = fileURLToPath(new URL("worker.js", import.meta.url));
  return {
    name,
    programs,
    // Garbage is collected on the one thread, as it is in Go's one core.
    start: (program) =>
      new Contender([
        process.execPath,
        "--expose-gc",
        "--single-threaded-gc",
        worker,
        name,
        program.name,
      ]),
  };
}

/** Builds the Go programs; Go builds again only what has changed. */
async function findGo(): Promise<Peer> {
  const source = fileURLToPath(new URL("../../bench/peers/go", import.meta.url));
  const binary = fileURLToPath(new URL("../bench-go/peer", import.meta.url));
  const run = promisify(execFile);
  await run("go", ["build", "-o", binary, "."], { cwd: source });
  const { stdout } = await run(binary, ["list"]);
  return {
    name: "go",
    programs: new Set(stdout.split("\n").filter(Boolean)),
    start: (program) => new Contender([binary, program.name]),
  };
}

/** Whether a package or a command is not there. */
function isMissing(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return error instanceof Error && (code === "ERR_MODULE_NOT_FOUND" || code === "ENOENT");
}
