// Runs a program of ours as a process of its own and collects what it says.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How a program ended. */
interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly process: ChildProcess;
  /** Waits until it has said something on stdout. */
  said(text: string): Promise<void>;
  ended(): Promise<Ended>;
}

/** Starts build/<path> with Node. */
export function startProgram(path: string, ...args: string[]): RunningProgram {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  const closed = once(child, "close");
  return {
    process: child,
    async said(text) {
      while (!stdout.includes(text)) await once(child.stdout, "data");
    },
    async ended() {
      await closed;
      return { status: child.exitCode, stdout, stderr };
    },
  };
}
