// Who takes part, and where their contestants are.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Contender } from "./contender.js";
import type { Contestants } from "./contestant.js";
import type { Company } from "./peers/ours/company.js";
import { type Program, programNamed, type Suite } from "./programs.js";

interface NodePeer {
  /** For which it has contestants. */
  readonly suites: readonly Suite[];
  /** Where the package is, seen from the root; without one it is Node itself. */
  readonly package?: string;
  /** Whose contestants it has, if they are not its own. */
  readonly like?: string;
  /** Whether it is made of our operations, all kinds of which are used before. */
  readonly isOurs?: boolean;
}

const nodePeers: Readonly<Record<string, NodePeer>> = {
  ours: {
    suites: ["runtime", "sockets", "tls", "cold", "growth", "simulate", "inspect"],
    package: ".",
    isOurs: true,
  },
  "ours alone": { suites: ["runtime"], package: ".", like: "ours" },
  node: { suites: ["sockets", "tls"] },
  ws: { suites: ["sockets"], package: "node_modules/ws" },
  brecv: { suites: ["sockets"], package: ".", isOurs: true },
  fromDuplex: { suites: ["tls"], package: ".", isOurs: true },
  floor: { suites: ["runtime"] },
  promises: { suites: ["runtime"] },
  effection: { suites: ["runtime", "cold"], package: "node_modules/effection" },
  effect: { suites: ["runtime", "cold", "simulate"], package: "node_modules/effect" },
  "thing-csp": { suites: ["runtime", "cold"], package: "node_modules/@thi.ng/csp" },
  sinon: { suites: ["simulate"], package: "node_modules/@sinonjs/fake-timers" },
  "ts-chan": { suites: ["runtime", "cold"], package: "node_modules/ts-chan" },
};

/** Garbage is collected on the one thread, as it is in Go's one core. */
const coreFlags = ["--single-threaded-gc"];

const root = new URL("../../", import.meta.url);

export const peerNames: readonly string[] = [...Object.keys(nodePeers), "go"];

/** Someone who can be put to the start. */
export interface Peer {
  readonly name: string;
  readonly version: string;
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

/** Whether a process of this peer uses all kinds of operations first. */
export function isWarmedUp(peer: string, { isCold }: Program): boolean {
  return nodePeers[peer]?.isOurs === true && isCold !== true;
}

/** The contestants of a peer that is a Node program. */
export async function contestantsOf(peer: string, suite: Suite): Promise<Contestants> {
  const folder = nodePeers[peer]?.like ?? peer;
  const file = new URL(`peers/${folder}/${suite}.js`, import.meta.url);
  const module = (await import(file.href)) as { readonly contestants: Contestants };
  return module.contestants;
}

async function findNodePeer(name: string): Promise<Peer> {
  const { suites, package: folder, like } = nodePeers[name]!;
  const programs = new Set<string>();
  for (const suite of suites) {
    for (const program of Object.keys(await contestantsOf(name, suite))) {
      // What starts cold is alone in any case.
      if (like === undefined || !programNamed(program).isCold) programs.add(program);
    }
  }
  return {
    name,
    version: folder === undefined ? process.version : versionOf(folder),
    programs,
    start: (program) => startWorker(name, program, coreFlags),
  };
}

/** The same peer, run by Node with these flags and no others. */
export function withFlags(peer: Peer, flags: readonly string[]): Peer {
  return {
    ...peer,
    name: flags.join(" ") || "no flags",
    start: (program) => startWorker(peer.name, program, flags),
  };
}

/** Ours, with so many things of a kind beside the program. */
export function withCompany(peer: Peer, kind: Company, count: number): Peer {
  return {
    ...peer,
    name: kind,
    start: (program) => startWorker(peer.name, program, coreFlags, [kind, String(count)]),
  };
}

function startWorker(
  peer: string,
  program: Program,
  flags: readonly string[],
  company: readonly string[] = [],
): Contender {
  const worker = fileURLToPath(new URL("worker.js", import.meta.url));
  const { name, quantity } = program;
  const args = [worker, peer, name, quantity, ...company];
  return new Contender([process.execPath, "--expose-gc", ...flags, ...args]);
}

/** The version of a package in that folder, seen from the root. */
export function versionOf(folder: string): string {
  const file = new URL(`${folder}/package.json`, root);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
  return version;
}

const run = promisify(execFile);

/** Builds the Go programs, and returns where they are; Go builds again only what has changed. */
export async function buildGo(): Promise<string> {
  const source = fileURLToPath(new URL("bench/peers/go", root));
  const binary = fileURLToPath(new URL("build/bench-go/peer", root));
  await run("go", ["build", "-o", binary, "."], { cwd: source });
  return binary;
}

async function findGo(): Promise<Peer> {
  const binary = await buildGo();
  const [list, version] = await Promise.all([
    run(binary, ["list"]),
    run("go", ["env", "GOVERSION"]),
  ]);
  return {
    name: "go",
    version: version.stdout.trim(),
    programs: new Set(list.stdout.split("\n").filter(Boolean)),
    start: (program) => new Contender([binary, program.name]),
  };
}

/** Whether a package or a command is not there. */
export function isMissing(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return error instanceof Error && (code === "ERR_MODULE_NOT_FOUND" || code === "ENOENT");
}
