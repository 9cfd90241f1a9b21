// Programs of ours in a process that may open few files.
import { type Peer, startPeer } from "./peer.js";

/** Starts the program with Node; what it says on stderr comes on stdout, too. */
export function startWithFewDescriptors(
  program: readonly string[],
  options: { env?: NodeJS.ProcessEnv } = {},
): Peer {
  // It imports the package as users do: of the single modules Node opens more at once than that.
  const script = 'unset NODE_OPTIONS; ulimit -n 60; exec "$@" 2>&1';
  return startPeer("sh", ["-c", script, "sh", process.execPath, ...program], options);
}
