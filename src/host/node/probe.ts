// Whether somebody listens on a socket file. Only a connect can tell.
import type { Failure, HostSocket } from "../sockets.js";
import { connect } from "./connect.js";
import { codeOf } from "./errnoOf.js";

/**
 * - `listening`: also if the backlog is full, or if the listener takes no connections of ours.
 * - `dead`: the file is there and nobody listens.
 * - `gone`: the file has gone, or the listener has while the probe waited in its backlog.
 */
export type Finding = "listening" | "dead" | "gone" | Failure;

/** Reports what it has found; the function returned prevents that. */
export function probe(path: string, found: (finding: Finding) => void): () => void {
  const attempt: HostSocket = connect(path, {
    connected: () => {
      attempt.close();
      found("listening");
    },
    refused: (failure) => found(failure === "EAGAIN" ? "listening" : findingOf(failure)),
  });
  return () => attempt.close();
}

function findingOf(failure: Failure): Finding {
  const cause = codeOf(failure.cause);
  if (failure.code === "ENOENT" || failure.code === "ECONNRESET") return "gone";
  if (cause === "ECONNREFUSED") return "dead";
  // Somebody listens for datagrams, or only for others: that is as far as a probe can see.
  if (failure.code === "EACCES" || cause === "EPROTOTYPE") return "listening";
  return failure;
}

/** Probes all of them. Reports those that may have a listener: all but the ones that certainly have none. */
export function probeAll(
  paths: readonly string[],
  report: (listening: readonly string[]) => void,
): () => void {
  const listening: string[] = [];
  let missing = paths.length;
  if (missing === 0) report(listening);
  const stops = paths.map((path) =>
    probe(path, (finding) => {
      if (finding !== "dead" && finding !== "gone") listening.push(path);
      missing -= 1;
      if (missing === 0) report(listening);
    }),
  );
  return () => {
    for (const stop of stops) stop();
  };
}
