// Joins the modules of the package into a few files: Node reads one file four times as fast as seventy (bench:
// startup). What the doors share is core.js; each door has the rest of its own. Stack traces lead to src/ all the same, by
// the source maps.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build, transform } from "esbuild";
import { doors } from "./doors.mjs";

const outdir = "dist/bundle";
const settings = {
  bundle: true,
  format: "esm",
  packages: "external",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
};
const forNode = { ...settings, platform: "node", target: "node20" };

/** What the modules of the core export, each name once in the whole house, comes from core.js. */
function importingCore(modules) {
  return {
    name: "core",
    setup(bundler) {
      bundler.onResolve({ filter: /^\./ }, ({ path, importer }) => {
        const isCore = modules.has(resolve(dirname(importer), path));
        return isCore ? { path: "./core.js", external: true } : undefined;
      });
    },
  };
}

/** For browsers: another host. */
const webHost = {
  name: "web-host",
  setup(bundler) {
    const replaced = /\/node(Host|Sockets|Inet|Names|Datagrams|Credentials)\.js$/;
    bundler.onResolve({ filter: replaced }, ({ path }) => ({
      path: resolve(path.replace(/^.*\/node(\w+\.js)$/, "dist/host/web/web$1")),
    }));
    bundler.onResolve({ filter: /\/numbers\.js$/ }, () => ({
      path: resolve("dist/host/web/numbers.js"),
    }));
  },
};

/**
 * Minifies all but the names at the top, which stacks show: a third less to read, for every program that starts (bench:
 * startup). To keep them, esbuild is given a script, in which such names are global.
 */
async function shorten(name) {
  const file = `${outdir}/${name}`;
  const text = readFileSync(file, "utf8");
  const [exported] = /^export \{[^}]*\};\n/m.exec(text);
  const { code, map } = await transform(text.replace(exported, ""), {
    minify: true,
    lineLimit: 120,
    target: forNode.target,
    sourcefile: name,
    sourcemap: "external",
    sourcesContent: false,
  });
  const names = exported.replace(/\s+/g, " ");
  writeFileSync(file, `${code}${names}\n//# sourceMappingURL=${name}.map\n`);
  writeFileSync(`${file}.map`, map);
}

rmSync(outdir, { recursive: true, force: true });
const everyDoor = doors.map((door) => `dist/${door}.js`);
/** Those whose modules are shared by all. */
const coreDoors = ["dist/index.js", "dist/impl.js"];
const { metafile } = await build({
  ...forNode,
  entryPoints: coreDoors,
  outdir,
  write: false,
  metafile: true,
});
const modules = Object.keys(metafile.inputs).filter((path) => !coreDoors.includes(path));
await build({
  ...forNode,
  stdin: {
    contents: modules
      .filter((path) => !path.endsWith("/index.js"))
      .map((path) => `export * from "./${path}";`)
      .join("\n"),
    resolveDir: ".",
  },
  outfile: `${outdir}/core.js`,
  sourcemap: "inline",
});
await shorten("core.js");
await build({
  ...forNode,
  entryPoints: everyDoor,
  outdir,
  plugins: [importingCore(new Set(modules.map((path) => resolve(path))))],
});
await build({
  ...settings,
  entryPoints: ["dist/index.js"],
  outfile: `${outdir}/browser.js`,
  platform: "browser",
  target: "es2022",
  plugins: [webHost],
});
