// A program of test/fixtures in a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Child {
  readonly process: ChildProcess;
  /** Everything it has printed so far, on both streams. */
  output(): string;
  /** Waits until it has printed the text. */
  printed(text: string): Promise<void>;
  /** Waits for its end: the exit status, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>;
}

/** Starts `test/fixtures/<name>.ts`. */
export function startFixture(name: string, ...args: readonly string[]): Child {
  const file = fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  let output = "";
  let onOutput = (): void => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput();
    });
  }
  return {
    process: child,
    output: () => output,
    printed: async (text) => {
      const printed = new Promise<void>((resolve) => {
        onOutput = () => {
          if (output.includes(text)) resolve();
        };
        onOutput();
      });
      await Promise.race([printed, closed]);
      if (!output.includes(text)) throw new Error(`it ended without ${text}: ${output}`);
    },
    ended: async () => {
      const [status, signal] = await closed;
      return status ?? signal ?? Number.NaN;
    },
  };
}
