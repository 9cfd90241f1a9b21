// Another revision of this repository, built in a folder of its own.
import { execFileSync } from "node:child_process";

/** Clones `repository` into `folder`, and builds the revision with what its lockfile says. */
export function buildRevision(repository: string, revision: string, folder: string): void {
  // Resolved here: the clone does not know this repository's remote branches.
  const commit = inRepository("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`);
  execFileSync("git", ["clone", "--quiet", "--shared", "--no-checkout", repository, folder]);
  execFileSync("git", ["checkout", "--quiet", "--detach", commit], { cwd: folder });
  npm("ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error");
  npm("run", "--silent", "build");

  function inRepository(...args: string[]): string {
    return execFileSync("git", args, { cwd: repository, encoding: "utf8" }).trim();
  }

  function npm(...args: string[]): void {
    execFileSync("npm", args, { cwd: folder, stdio: ["ignore", 2, 2] });
  }
}
