// The package's doors, by package.json: the names of their files in src/.
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

export const doors = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === "object")
  .map(([path]) => (path === "." ? "index" : path.slice(2)));
