// Starts a server and the load on it, each in a process of its own.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isMissing } from "../peers.js";
import { type Garbage, replySize, requestSize } from "./service.js";
import type { Scenario } from "./scenarios.js";
import { backlog, type ServerProgram } from "./servers.js";

/** What one run came to. Times are nanoseconds, sizes bytes; `from` and `to` are milliseconds since 1970. */
export interface Run {
  readonly requests: number;
  readonly from: number;
  readonly to: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** What the server took of the processor between `from` and `to`. */
  readonly processor: number;
  /** What the server held then, with all clients connected. */
  readonly memory: number;
  /** Clients that found the backlog full and had to come again. */
  readonly late: number;
  /** Only node's servers tell. */
  readonly garbage?: Garbage;
}

/** How long the load goes on before it is measured, and then, in milliseconds. */
export interface Span {
  readonly warmUp: number;
  readonly measured: number;
}

/** Compiles the program that makes the load. */
export function buildClient(): string {
  const source = fileURLToPath(new URL("../../../bench/load/client.c", import.meta.url));
  const binary = fileURLToPath(new URL("../../bench-load/client", import.meta.url));
  mkdirSync(dirname(binary), { recursive: true });
  try {
    execFileSync("cc", ["-O2", "-Wall", "-o", binary, source], { stdio: "inherit" });
  } catch (error) {
    if (!isMissing(error)) throw error;
    const message = "the load is made by a program in C, and there is no cc: install gcc or clang";
    throw new Error(message, { cause: error });
  }
  return binary;
}

/** Starts a server, puts the load on it, and ends it. */
export async function runLoad(
  client: string,
  { command, tellsOfGarbage }: ServerProgram,
  scenario: Scenario,
  { warmUp, measured }: Span,
): Promise<Run> {
  const { carrier, service, clients, slow, isBurst } = scenario;
  const folder = mkdtempSync(join(tmpdir(), "bench-load-"));
  const path = join(folder, "s");
  const [file, ...args] = command({ carrier, path, service, backlog });
  const server = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const ready: IteratorResult<string> = await lines.next();
    const framing = service === "wsEcho" ? "ws" : "plain";
    const size = service === "reply" ? replySize : requestSize;
    const kind = isBurst ? ["burst"] : [slow, warmUp, measured];
    const words = [ready.value, server.pid, framing, size, clients, ...kind].map(String);
    const { stdout } = await promisify(execFile)(client, words);
    const run = JSON.parse(stdout) as Run;
    if (!tellsOfGarbage) return run;
    server.stdin.write(`${run.from} ${run.to}\n`);
    const answer: IteratorResult<string> = await lines.next();
    return { ...run, garbage: JSON.parse(String(answer.value)) as Garbage };
  } finally {
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.kill("SIGKILL");
  await ended;
}
