// Peers that are not on every machine: servers, proxies, curl, a C compiler.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Carrier } from "./carriers.js";
import { type OtherProcess, startProcess, startPython } from "./process.js";
import { socketPath } from "./tempDir.js";

/** In which package of Debian each program is. */
const packages = {
  cc: "gcc libc6-dev",
  curl: "curl",
  danted: "dante-server",
  microsocks: "microsocks",
  ncat: "ncat",
  nginx: "nginx",
  socat: "socat",
  ssh: "openssh-client",
  sshd: "openssh-server",
};

type Program = keyof typeof packages;

/** The program's path. Without the program a test fails, and says what to install. */
export function programAt(name: Program): string {
  // Servers lie where only root looks.
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `there is no ${name}, which this test talks to: apt-get install ${packages[name]}`,
  );
}

/** Starts it. What it complains of comes with what it says. */
export function startPeer(name: Program, args: readonly string[]): OtherProcess {
  return startProcess("/bin/sh", ["-c", 'exec "$0" "$@" 2>&1', programAt(name), ...args]);
}

/** Starts one that says so once it listens, and waits until it has. */
export async function startListener(
  name: Program,
  args: readonly string[],
  ready: string,
): Promise<OtherProcess> {
  const peer = startPeer(name, args);
  await peer.said(ready);
  return peer;
}

/** A place for a program to listen, in the words of `Carrier.dial`. */
export async function freePlace({ name }: Pick<Carrier, "name">): Promise<string> {
  return name === "ipc" ? socketPath() : `127.0.0.1 ${await freePort()}`;
}

/** A TCP port that nobody else gets before the end of the test: a socket that does not listen is bound to it. */
async function freePort(): Promise<string> {
  return (await startPython(reservation).line()) ?? "";
}

const reservation = `
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
sys.stdin.read()
`;
