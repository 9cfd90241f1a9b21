// Taking the place of a socket file that nobody listens on.
//
// Whether somebody listens, only a connect can tell, and between its answer and the replacement another starter
// may have replaced the file. So whoever wants to replace a file first claims it: it links its own socket,
// which listens, to a name made of that file's inode, and link(2) lets only one have it. Then it looks whether
// the file is still the one that was found dead, and renames its own over it, which is one step, too.
//
//   /run/greet.ipc            inode 4711, nobody listens
//   /run/.takeover-4711       inode 5040, ours: nobody else replaces 4711 now
//   /run/greet.ipc            inode 5040
//
// A starter that dies in between leaves a claim that nobody listens on. It is taken over in the same way.
import { type BigIntStats, linkSync, lstatSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import type { Failure, HostSocket } from "../host.js";
import { connect } from "./connect.js";
import { codeOf, failureOf } from "./errnoOf.js";
import { removeFile } from "./unlinkQuietly.js";

type Report = (failure?: Failure) => void;

/**
 * Makes `target` a link to the listening socket at `own`, if nobody listens there; `EADDRINUSE` if somebody
 * does, or if it is no socket. It is done later, unless the function returned has been called.
 */
export function takeOver(own: string, target: string, done: Report): () => void {
  let isStopped = false;
  let probe: HostSocket | undefined;
  process.nextTick(() => {
    if (!isStopped) take(target, done);
  });
  return () => {
    isStopped = true;
    probe?.close();
  };

  function take(path: string, report: Report): void {
    const found = linkOrFind(own, path);
    if (found === undefined) report();
    else if ("code" in found) report(found);
    else if (found.isSocket()) ask(path, found, report);
    else report({ code: "EADDRINUSE" });
  }

  /** Only a connect can tell whether somebody listens. */
  function ask(path: string, found: BigIntStats, report: Report): void {
    probe = connect(path, {
      connected: () => {
        probe?.close();
        report({ code: "EADDRINUSE" });
      },
      refused: (failure) => {
        if (failure === "EAGAIN") report({ code: "EADDRINUSE" });
        else if (isGone(failure)) take(path, report);
        else if (codeOf(failure.cause) === "ECONNREFUSED") replace(path, found, report);
        else if (isUndecided(failure)) report({ code: "EADDRINUSE", cause: failure.cause });
        else report(failure);
      },
    });
  }

  function replace(path: string, dead: BigIntStats, report: Report): void {
    const claim = `${dirname(path)}/.takeover-${dead.ino}`;
    take(claim, (failure) => {
      if (failure !== undefined) return report(failure);
      const outcome = renameOver(own, path, dead);
      removeFile(claim);
      if (outcome === "gone") take(path, report);
      else report(outcome);
    });
  }
}

/** Undefined if it has been linked, otherwise what is there. */
function linkOrFind(own: string, path: string): BigIntStats | Failure | undefined {
  for (;;) {
    try {
      linkSync(own, path);
      return undefined;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") return failureOf(error);
    }
    const found = look(path);
    if (found !== undefined) return found;
  }
}

function renameOver(own: string, path: string, dead: BigIntStats): Failure | "gone" | undefined {
  const link = `${own}~`;
  try {
    if (!isSame(look(path), dead)) return "gone";
    linkSync(own, link);
    renameSync(link, path);
    return undefined;
  } catch (error) {
    removeFile(link);
    return codeOf(error) === "EISDIR" ? "gone" : failureOf(error);
  }
}

function look(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Not only the number: that of a file which is gone is used again. */
function isSame(a: BigIntStats | undefined, b: BigIntStats): boolean {
  return a?.ino === b.ino && a.ctimeNs === b.ctimeNs;
}

/** The file, or the listener in whose backlog the probe lay. */
function isGone({ code }: Failure): boolean {
  return code === "ENOENT" || code === "ECONNRESET";
}

/** Somebody listens in another manner, or only for others. */
function isUndecided({ code, cause }: Failure): boolean {
  return code === "EACCES" || codeOf(cause) === "EPROTOTYPE";
}
