// Runs a program of ours as a process of its own and collects what it says.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How a program ended. */
interface Ended {
  /** Its exit status, or the signal that ended it. */
  readonly status: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
  /** What it said on both, as it came. */
  readonly output: string;
}

export interface RunningProgram {
  readonly process: ChildProcess;
  /** Waits until it has said something on stdout. */
  said(text: string): Promise<void>;
  ended(): Promise<Ended>;
}

/** Starts build/<path> with Node. */
export function startProgram(path: string, ...args: readonly string[]): RunningProgram {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    output += text;
  });
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    process: child,
    async said(text) {
      while (!stdout.includes(text)) {
        const [isClosed] = await Promise.race([
          once(child.stdout, "data").then(() => [false]),
          closed.then(() => [true]),
        ]);
        if (isClosed && !stdout.includes(text)) {
          throw new Error(`it ended without ${text}: ${output}`);
        }
      }
    },
    async ended() {
      const [status, signal] = await closed;
      return { status: status ?? signal ?? Number.NaN, stdout, stderr, output };
    },
  };
}

/** Starts `test/fixtures/<name>.ts`. */
export function startFixture(name: string, ...args: readonly string[]): RunningProgram {
  return startProgram(`test/fixtures/${name}.js`, ...args);
}
