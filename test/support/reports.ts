// What API Extractor says of the package's doors: what every one of them exports.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../etc", import.meta.url));

export const reports: string = readdirSync(folder)
  .filter((file) => file.endsWith(".api.md"))
  .map((file) => readFileSync(join(folder, file), "utf8"))
  .join("\n");
