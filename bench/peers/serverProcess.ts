// Servers in a process of their own, and a listener whose backlog is full: the same for all peers.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a server does with a connection. */
export type Service = "echo" | "sink" | "close";

export const messageSize = 64;
export const sendSize = 65_536;
/** Of a message that is long. */
export const longMessageSize = 20_480;
/** A line of text, and how many of them are sent at once. */
export const line = `${"x".repeat(79)}\n`;
export const linesPerWrite = 64;
/** Messages of messageSize with a length before each that are sent at once. */
export const messagesPerWrite = 64;
export const connectionCount = 100;

interface Running {
  readonly server: ChildProcess;
  readonly path: string;
  readonly removeFolder: () => void;
}

/** By "peer service": a server stays for the next round, because its code has to be warm, too. */
const servers = new Map<string, Promise<Running>>();

/** Calls `body` with a path for a socket, and removes the folder it is in. */
export async function withPath<T>(body: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    return await body(join(folder, "s"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Calls `body` with the path on which a peer's server.js serves. */
export async function withServer<T>(
  peer: string,
  service: Service,
  body: (path: string) => Promise<T>,
): Promise<T> {
  const key = `${peer} ${service}`;
  const running = servers.get(key) ?? startServer(peer, service);
  servers.set(key, running);
  return body((await running).path);
}

/** Calls `body` with the path of a socket on which nobody can connect for now. */
export async function withFullBacklog<T>(body: (path: string) => Promise<T>): Promise<T> {
  const running = await startServer("node", "close");
  const { server, path } = running;
  const queued: Socket[] = [];
  try {
    server.kill("SIGSTOP");
    let isFull = false;
    while (!isFull) {
      const socket = connect(path);
      queued.push(socket);
      isFull = await once(socket, "connect").then(
        () => false,
        () => true,
      );
    }
    return await body(path);
  } finally {
    for (const socket of queued) socket.destroy();
    await stop(running);
  }
}

/** Ends the servers that withServer has started. Where a process ends anyway, they end with it. */
export async function stopServers(): Promise<void> {
  const all = [...servers.values()];
  servers.clear();
  for (const running of all) await stop(await running);
}

/** It ends when its stdin does, and that is at the latest when this process does. */
async function startServer(peer: string, service: Service): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const path = join(folder, "s");
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const program = fileURLToPath(new URL(`${peer}/server.js`, import.meta.url));
  const server = spawn(process.execPath, ["--single-threaded-gc", program, path, service], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(server.stdout, "data");
  return { server, path, removeFolder };
}

async function stop({ server, removeFolder }: Running): Promise<void> {
  const ended = once(server, "close");
  server.kill("SIGKILL"); // also one that is stopped
  await ended;
  process.off("exit", removeFolder);
  removeFolder();
}
