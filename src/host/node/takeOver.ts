// Replacing a socket file that nobody listens on.
//
// Whether somebody listens, only a connect can tell. Between its answer and the replacement another starter may
// have replaced the file. So starters exclude each other first. Each has its private folder beside the file, and
// raises a claim in it, which is a second link to its listening socket:
//
//   /run/greet.ipc                          inode 4711, nobody listens
//   /run/.greet.ipc-x7Kq2a/greet.ipc        inode 5040, ours, listening
//   /run/.greet.ipc-x7Kq2a/greet.ipc~       the claim: inode 5040 again
//
// A starter that has raised its claim looks for others. If it sees none, it checks that the file is still the one
// found dead and renames its claim over it. That replaces the file and lowers the claim in one step. Two starters
// never both see none: the one that raised later looks later, and so sees the earlier claim. Of those that see each
// other, the one whose folder comes first by name keeps its claim, and the others lower theirs and look again later.
//
// Nobody else can block a start. Claims count only in folders that somebody owns who could replace the file himself,
// and nobody can make a folder for another owner. A starter that is killed leaves a claim on which nobody listens.
import type { BigIntStats } from "node:fs";
import { fs, paths } from "./builtin.js";
import type { Failure } from "../sockets.js";
import { codeOf, failureOf } from "./errnoOf.js";
import { type Finding, probe, probeAll } from "./probe.js";
import { otherStarts, type StartFolder } from "./startFolders.js";
import { clearTimeout, monotonicNow, nextTick, setTimeout } from "./timers.js";
import { removeFile } from "./unlinkQuietly.js";

const nothing = (): void => {};

/** How long a start waits for others that have raised a claim. Theirs last a few turns of the loop. */
const patience = 1000;
const minPause = 1;
const maxPause = 5;
/** A folder that we may not enter counts as a claim until it is that old. */
const maxSealedAge = 10_000n * 1_000_000n;
const noSocket: Failure = {
  code: "EADDRINUSE",
  message: "what lies at this path is no socket, and is left alone",
};

/**
 * Makes `target` a link to the listening socket at `own`, if nobody listens there. It is `EADDRINUSE` if somebody
 * does, or if `target` is no socket. The outcome comes later, unless the function returned has been called.
 */
export function takeOver(
  own: string,
  target: string,
  done: (failure?: Failure) => void,
): () => void {
  const claim = `${own}~`;
  const ownFolder = paths().basename(paths().dirname(own));
  const giveUpAt = monotonicNow() + patience;
  let isStopped = false;
  let isRaised = false;
  let stopProbing: () => void = nothing;
  let pause: NodeJS.Timeout | undefined;
  nextTick(attempt);
  return stop;

  function attempt(): void {
    if (isStopped) return;
    const found = linkOrFind(own, target);
    if (found === undefined) finish();
    else if ("code" in found) finish(found);
    else if (found.isSocket()) stopProbing = probe(target, (finding) => decide(found, finding));
    else finish(noSocket);
  }

  function decide(found: BigIntStats, finding: Finding): void {
    if (finding === "gone") attempt();
    else if (finding === "dead") guarded(() => contend(found));
    else finish(finding === "listening" ? { code: "EADDRINUSE" } : finding);
  }

  /** Looks for claims before raising its own, too: so it does not get in the way of the one that is first. */
  function contend(dead: BigIntStats): void {
    const claims = claimsOfOthers(target, ownFolder, dead);
    stopProbing = probeAll(claims, (rivals) => {
      guarded(() => {
        if (rivals.length > 0) giveWay(rivals);
        else if (isRaised) replace(dead);
        else {
          fs().linkSync(own, claim);
          isRaised = true;
          contend(dead);
        }
      });
    });
  }

  function giveWay(rivals: readonly string[]): void {
    if (monotonicNow() > giveUpAt) {
      finish({ code: "EADDRINUSE", message: "another process is taking this file over" });
      return;
    }
    if (rivals.some((path) => paths().basename(paths().dirname(path)) < ownFolder)) lower();
    pause = setTimeout(attempt, minPause + Math.random() * (maxPause - minPause));
  }

  function replace(dead: BigIntStats): void {
    if (!isSame(look(target), dead)) {
      lower();
      attempt();
      return;
    }
    fs().renameSync(claim, target);
    isRaised = false;
    finish();
  }

  function guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      const isChanged = codeOf(error) === "EISDIR"; // a folder has taken the file's place
      finish(isChanged ? noSocket : failureOf(error));
    }
  }

  function lower(): void {
    if (isRaised) removeFile(claim);
    isRaised = false;
  }

  function stop(): void {
    isStopped = true;
    lower();
    stopProbing();
    clearTimeout(pause);
  }

  function finish(failure?: Failure): void {
    if (isStopped) return;
    stop();
    done(failure);
  }
}

/** The paths of all claims that count. They need not be alive. */
function claimsOfOthers(target: string, ownFolder: string, dead: BigIntStats): string[] {
  const directory = fs().statSync(paths().dirname(target), { bigint: true });
  const isSticky = (directory.mode & 0o1000n) !== 0n;
  // Whoever else may write to the directory: in a sticky one he can't replace the file, and must not block it.
  const owners = [0n, directory.uid, dead.uid];
  const folders = otherStarts(target, ownFolder).filter(
    ({ stat }) => !isSticky || owners.includes(stat.uid),
  );
  const now = look(`${paths().dirname(target)}/${ownFolder}`)?.mtimeNs ?? 0n;
  return folders.flatMap((folder) => claimsIn(folder, now));
}

function claimsIn(folder: StartFolder, now: bigint): string[] {
  try {
    const names = fs()
      .readdirSync(folder.path)
      .filter((name) => name.endsWith("~"));
    return names.map((name) => `${folder.path}/${name}`);
  } catch (error) {
    // Probing a claim in it gives EACCES, too, which counts as a listener.
    const isSealed = codeOf(error) === "EACCES" && now - folder.stat.mtimeNs < maxSealedAge;
    return isSealed ? [`${folder.path}/~`] : [];
  }
}

/** Undefined if it has been linked, otherwise what is there. */
function linkOrFind(own: string, path: string): BigIntStats | Failure | undefined {
  for (;;) {
    try {
      fs().linkSync(own, path);
      return undefined;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") return failureOf(error);
    }
    const found = look(path);
    if (found !== undefined) return found;
  }
}

function look(path: string): BigIntStats | undefined {
  return fs().lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** The number alone is not enough: the number of a file that has gone is used again. */
function isSame(a: BigIntStats | undefined, b: BigIntStats): boolean {
  return a?.ino === b.ino && a.ctimeNs === b.ctimeNs;
}
