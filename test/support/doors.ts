// The package's doors, by package.json.
import { readFileSync } from "node:fs";

const manifest = JSON.parse(
  readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
) as { exports: Record<string, string | object> };

/** The names of their files in src/. */
export const doors: readonly string[] = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === "object")
  .map(([path]) => (path === "." ? "index" : path.slice(2)));
