// Versions of TypeScript that users have, beside the one that builds this package.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The folder of that version, which npm brings if it isn't there yet; of our own, without one. */
export function typescript(version?: string): string {
  if (version === undefined) return join(root, "node_modules/typescript");
  const folder = join(root, "build/typescripts", version);
  const installed = join(folder, "node_modules/typescript");
  if (!existsSync(installed)) {
    mkdirSync(folder, { recursive: true });
    const options = ["--prefix", folder, "--no-save", "--no-audit", "--no-fund"];
    execFileSync("npm", ["install", ...options, `typescript@${version}`], { stdio: "ignore" });
  }
  return installed;
}
