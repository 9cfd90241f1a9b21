import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** Bytes of what a program ships: `source`, with all that it imports, minified and gzipped. */
export async function bundledSize(source: string): Promise<number> {
  const { build, stop } = await import("esbuild");
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  await stop();
  const zipped = await promisify(gzip)(outputFiles[0]!.contents, { level: 9 });
  return zipped.length;
}
