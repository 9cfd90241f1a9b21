// Other processes to talk to. What a test has started, `afterEach(stopPeers)` in its describe ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Peer {
  /** The next line that it writes to its standard output; undefined after the last one. */
  line(): Promise<string | undefined>;
  /** Writes a line to its standard input. */
  say(line: string): void;
  /** Waits for its end: the exit status, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>;
  /** Ends it at once, and waits until it is gone. */
  kill(): Promise<void>;
  readonly pid: number;
}

const peers: Peer[] = [];

/** Starts a Python program, given as its text. */
export function python(program: string, ...args: readonly string[]): Peer {
  return startPeer("python3", ["-c", program, ...args]);
}

/** Starts a program of test/fixtures. */
export function fixture(name: string, ...args: readonly string[]): Peer {
  return startPeer(process.execPath, [fixturePath(name), ...args]);
}

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
}

/** Starts any program. */
export function startPeer(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv } = {},
): Peer {
  const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "inherit"] });
  const peer = peerOf(child);
  peers.push(peer);
  return peer;
}

export async function stopPeers(): Promise<void> {
  await Promise.all(peers.splice(0).map(async (peer) => peer.kill()));
}

function peerOf(child: ChildProcess): Peer {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("the peer has no pipes");
  const gone = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  stdin.on("error", () => {}); // it may be gone already
  return {
    pid: child.pid ?? 0,
    line: async () => (await lines.next()).value as string | undefined,
    say: (line) => void stdin.write(`${line}\n`),
    ended: async () => {
      const [status, signal] = await gone;
      return status ?? signal ?? Number.NaN;
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
