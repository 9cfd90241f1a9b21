// Builds the site into build/docs-site: docs/ as it is, the reference from the doc comments, and whatever
// of the project a page links to. Every link and every anchor is followed at the end.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, extname, join, posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { doors } from "../../scripts/doors.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = resolve(here, "../..");
const pages = join(root, "build/docs-pages");
const site = join(root, "build/docs-site");

install();
rmSync(pages, { recursive: true, force: true });
rmSync(site, { recursive: true, force: true });
cpSync(join(root, "docs"), pages, { recursive: true });
const sources = doors.flatMap((door) => ["--entryPoints", join(root, `src/${door}.ts`)]);
tool("typedoc", "--options", join(here, "typedoc.json"), ...sources);

for (const door of doors) nameDoor(door);

/** What pages link to outside docs/: path in the project to path among the pages. */
const brought = new Map();
for (const file of markdownIn(join(root, "docs"))) rewrite(join("docs", file), file);

tool("vitepress", "build", here);
checkLinks();

/** TypeDoc calls a door what its file is called. */
function nameDoor(door) {
  const page = join(pages, "api", door, "index.md");
  const name = door === "index" ? "libdill-ts" : `libdill-ts/${door}`;
  writeFileSync(page, readFileSync(page, "utf8").replace(/^# .*/, `# ${name}`));
}

/** Not with the project's own packages: nobody who works on the code should have to wait for these. */
function install() {
  const lock = join(here, "package-lock.json");
  const installed = join(here, "node_modules/.package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  start("npm", ["ci", "--no-audit", "--no-fund"], here);
}

/** Writes a page whose links lead to pages; brings those that are not there yet. */
function rewrite(source, page) {
  const text = readFileSync(join(root, source), "utf8");
  const rewritten = text.replaceAll(/\]\(((?!https?:|#|mailto:)[^)\s]+)\)/g, (_, link) => {
    const [path, anchor] = link.split("#");
    const target = posix.normalize(posix.join(dirname(source), path));
    if (!existsSync(join(root, target))) throw new Error(`${source}: no ${target}`);
    const to = posix.relative(dirname(page), pageOf(target));
    return `](${to.startsWith(".") ? to : `./${to}`}${anchor === undefined ? "" : `#${anchor}`})`;
  });
  write(page, rewritten);
}

function pageOf(target) {
  if (target.startsWith("docs/")) return relative("docs", target);
  const known = brought.get(target);
  if (known !== undefined) return known;
  const page = placeOf(target);
  brought.set(target, page);
  if (extname(target) === ".md") rewrite(target, page);
  else write(page, listing(target));
  return page;
}

function placeOf(target) {
  if (statSync(join(root, target)).isDirectory()) return posix.join("project", target, "index.md");
  if (extname(target) === ".md") return posix.join("project", target);
  return posix.join("project", `${target.replaceAll(".", "-")}.md`); // an address in .ts is no page
}

/** A file's text, or those of a folder's files. */
function listing(target) {
  const path = join(root, target);
  if (!statSync(path).isDirectory()) return `# ${posix.basename(target)}\n\n${fenced(target)}`;
  const files = readdirSync(path, { recursive: true })
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .toSorted((a, b) => a.localeCompare(b));
  const sections = files.map((file) => `## ${file}\n\n${fenced(join(target, file))}`);
  return `# ${target}\n\n${sections.join("\n")}`;
}

function fenced(target) {
  const language = extname(target).slice(1);
  return `\`\`\`\`${language}\n${readFileSync(join(root, target), "utf8")}\`\`\`\`\n`;
}

function write(page, text) {
  const file = join(pages, page);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function markdownIn(folder) {
  return readdirSync(folder, { recursive: true }).filter((file) => extname(file) === ".md");
}

function checkLinks() {
  const others = ["--skip", "^https?://(?!localhost)"]; // the site's own are the ones we answer for
  const patience = ["--retry-errors", "--retry-errors-count", "3", "--concurrency", "20"]; // its own server drops some
  const thorough = ["--recurse", "--check-fragments", "--clean-urls", "--verbosity", "error"];
  tool("linkinator", site, ...thorough, ...others, ...patience);
}

function tool(name, ...args) {
  start(join(here, "node_modules/.bin", name), args, root);
}

/** What goes wrong it tells by itself. */
function start(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
