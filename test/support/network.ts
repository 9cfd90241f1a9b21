// Networks of a test's own, where the system lets us make them: a namespace with nothing but a loopback.
import { spawnSync } from "node:child_process";
import { fixtureCommand, startProcess } from "./process.js";

/** Whether the tests may make network namespaces. */
export const hasNamespaces: boolean =
  spawnSync("unshare", ["-n", "sh", "-c", "ip link set lo up"]).status === 0;

/** Runs a fixture, given with its arguments, in a new network that the shell commands have set up; what it prints first. */
export async function inNetwork(setUp: string, line: string): Promise<unknown> {
  const [fixture = "", ...args] = line.split(" ");
  const script = `ip link set lo up; ${setUp}; exec "$@"`;
  const command = [process.execPath, ...fixtureCommand(fixture), ...args];
  const peer = startProcess("unshare", ["-n", "sh", "-c", script, "sh", ...command]);
  return JSON.parse((await peer.line()) ?? "null");
}
