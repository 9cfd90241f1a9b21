// Other processes: programs of ours and of others, to talk to or to look at. What a test has started,
// `afterEach(stopProcesses)` in its describe ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** How a program ended. */
interface Ended {
  /** Its exit status, or the signal that ended it. */
  readonly status: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
  /** What it wrote to both, in the order in which it came. */
  readonly output: string;
}

export interface OtherProcess {
  readonly pid: number;
  /** The next line that it writes to its standard output; undefined after the last one. */
  line(): Promise<string | undefined>;
  /** Waits until its standard output contains the text, so many times. */
  said(text: string, times?: number): Promise<void>;
  /** Writes a line to its standard input. */
  say(line: string): void;
  /** Ends its standard input. */
  sayNoMore(): void;
  signal(signal: NodeJS.Signals): void;
  /** Waits for its end. */
  ended(): Promise<Ended>;
  /** Ends it at once, and waits until it is gone. */
  kill(): Promise<void>;
}

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const started: OtherProcess[] = [];

/** Programs that look into single modules, of which the bundle that users import has copies of its own. */
const unbundled = new Set(["firstContext", "refused", "unprivileged"]);

/** Starts a Python program, given as its text. */
export function startPython(program: string, ...args: readonly string[]): OtherProcess {
  // Isolated and without site-packages it starts in two thirds of the time.
  return startProcess("python3", ["-I", "-S", "-c", program, ...args]);
}

/** Starts `test/fixtures/<name>.ts`. */
export function startFixture(name: string, ...args: readonly string[]): OtherProcess {
  return startProcess(process.execPath, [...fixtureCommand(name), ...args]);
}

/** Starts `build/<path>` with Node. */
export function startProgram(path: string, ...args: readonly string[]): OtherProcess {
  return startProcess(process.execPath, [builtPath(path), ...args]);
}

/** What Node's arguments are that run the fixture. */
export function fixtureCommand(name: string): string[] {
  const flags = unbundled.has(name) ? ["--conditions=unbundled"] : [];
  return [...flags, builtPath(`test/fixtures/${name}.js`)];
}

function builtPath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** Starts any program. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: Options = {},
): OtherProcess {
  const child = spawn(command, args, { ...options, stdio: "pipe" });
  const other = watch(child);
  started.push(other);
  return other;
}

export async function stopProcesses(): Promise<void> {
  await Promise.all(started.splice(0).map(async (other) => other.kill()));
}

function watch(child: ChildProcess): OtherProcess {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("it has no pipes");
  const written = { stdout: "", stderr: "", output: "" };
  for (const [name, stream] of [
    ["stdout", stdout],
    ["stderr", stderr],
  ] as const) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
      written.output += text;
    });
  }
  stdin.on("error", () => {}); // it may be gone already
  const gone = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  let isJudged = false;
  // Who asks for its end judges by that. Nobody else would ever see a complaint.
  void gone.then(() => {
    if (!isJudged) process.stderr.write(written.stderr);
  });

  return {
    pid: child.pid ?? 0,
    line: async () => (await lines.next()).value as string | undefined,
    async said(text, times = 1) {
      let isGone = false;
      while (written.stdout.split(text).length <= times) {
        if (isGone) throw new Error(`it ended without ${text}: ${written.output}`);
        const more = once(stdout, "data").then(() => false);
        isGone = await Promise.race([more, gone.then(() => true)]);
      }
    },
    say: (line) => void stdin.write(`${line}\n`),
    sayNoMore: () => void stdin.end(),
    signal: (signal) => void child.kill(signal),
    async ended() {
      isJudged = true;
      const [status, signal] = await gone;
      return { status: status ?? signal ?? Number.NaN, ...written };
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
