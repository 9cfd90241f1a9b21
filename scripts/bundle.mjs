// Joins the modules of the package into one file, and one for each further entry: Node reads one file four
// times as fast as seventy (bench: startup). Stack traces lead to src/ all the same, by the source maps.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const outdir = "dist/bundle";
const settings = {
  bundle: true,
  format: "esm",
  packages: "external",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
};

rmSync(outdir, { recursive: true, force: true });
await build({
  ...settings,
  entryPoints: ["dist/index.js", "dist/impl.js", "dist/effection.js", "dist/streams.js"],
  outdir,
  splitting: true,
  platform: "node",
  target: "node20",
});
// For browsers: the same with another host.
await build({
  ...settings,
  entryPoints: ["dist/index.js"],
  outfile: `${outdir}/browser.js`,
  platform: "browser",
  target: "es2022",
  plugins: [
    {
      name: "web-host",
      setup(bundler) {
        bundler.onResolve({ filter: /\/nodeHost\.js$/ }, () => ({
          path: resolve("dist/host/web/webHost.js"),
        }));
        bundler.onResolve({ filter: /^node:os$/ }, () => ({
          path: resolve("dist/host/web/os.js"),
        }));
      },
    },
  ],
});
