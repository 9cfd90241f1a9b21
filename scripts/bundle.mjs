// Joins the modules of the package into a few files: Node reads one file four times as fast as seventy (bench:
// startup). What the doors share is core.js; each door has the rest of its own. Stack traces lead to src/ all the same, by
// the source maps.
import { rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
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
const forNode = { ...settings, platform: "node", target: "node20" };

/**
 * Node's modules come from process.getBuiltinModule: an import of node:fs alone takes 2 ms, because Node makes a module
 * with all its names first (bench: startup).
 */
const builtins = {
  name: "builtins",
  setup(bundler) {
    const filter = /^node:(async_hooks|fs|os|path)$/;
    bundler.onResolve({ filter }, ({ path }) => ({
      path,
      namespace: "builtin",
      sideEffects: false,
    }));
    bundler.onLoad({ filter, namespace: "builtin" }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path)).filter(
        (name) => name !== "default",
      );
      const exported = names.map(
        (name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`,
      );
      const builtin = `const builtin = process.getBuiltinModule(${JSON.stringify(path)});`;
      return { contents: [builtin, ...exported].join("\n") };
    });
  },
};

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
    bundler.onResolve({ filter: /\/nodeHost\.js$/ }, () => ({
      path: resolve("dist/host/web/webHost.js"),
    }));
    bundler.onResolve({ filter: /^node:os$/ }, () => ({
      path: resolve("dist/host/web/os.js"),
    }));
  },
};

rmSync(outdir, { recursive: true, force: true });
const doors = ["dist/index.js", "dist/impl.js"];
const { metafile } = await build({
  ...forNode,
  entryPoints: doors,
  outdir,
  write: false,
  metafile: true,
});
const modules = Object.keys(metafile.inputs).filter((path) => !doors.includes(path));
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
  plugins: [builtins],
});
await build({
  ...forNode,
  entryPoints: [...doors, "dist/effection.js", "dist/streams.js", "dist/http.js"],
  outdir,
  plugins: [builtins, importingCore(new Set(modules.map((path) => resolve(path))))],
});
await build({
  ...settings,
  entryPoints: ["dist/index.js"],
  outfile: `${outdir}/browser.js`,
  platform: "browser",
  target: "es2022",
  plugins: [webHost],
});
