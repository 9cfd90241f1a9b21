// Holds the folders to the rules of the house that no linter knows:
//   each file of src/, check/ and test/model/ has at most 250 lines
//   the first code block of ARCHITECTURE.md names the files of src/, and no others
// With --classes it prints which class extends which, for the table in ARCHITECTURE.md.
//
// That block is a tree, indented by spaces. A line names a folder ("errors/") or one or more files
// ("hmake.ts hquery.ts"); what follows two spaces or more is a remark. Doors, index.ts, may be left out.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { report, root } from "./project.mjs";

const mostLines = 250;
const limited = ["src", "check", "test/model"];

if (process.argv.includes("--classes")) {
  printClasses();
} else {
  report([...checkLengths(), ...checkTree()], "the house is as its papers say");
}

function checkLengths() {
  return limited.flatMap(filesOf).flatMap((file) => {
    const lines = readFileSync(join(root, file), "utf8").replace(/\n$/, "").split("\n").length;
    return lines > mostLines ? [`${file}: ${lines} lines, and ${mostLines} are the most`] : [];
  });
}

function checkTree() {
  const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const [, block] = /^```\w*\n(.*?)^```/ms.exec(text) ?? [];
  if (block === undefined)
    return ["ARCHITECTURE.md: has no code block that lists the files of src/"];
  const listed = new Set(listedIn(block));
  const real = new Set(filesOf("src"));
  return [
    ...[...real]
      .filter((file) => !listed.has(file) && !isDoor(file))
      .map((file) => `ARCHITECTURE.md: does not list ${file}`),
    ...[...listed]
      .filter((file) => !real.has(file))
      .map((file) => `ARCHITECTURE.md: lists ${file}, which is not there`),
  ];
}

/** The files in an indented tree. */
function listedIn(block) {
  const files = [];
  const folders = []; // those that the line stands in, the outermost first
  for (const line of block.split("\n")) {
    const [, indent, names] = /^( *)(\S+(?: \S+)*)/.exec(line) ?? [];
    if (names === undefined) continue;
    while (folders.length > 0 && folders.at(-1).indent >= indent.length) folders.pop();
    const path = folders.map(({ name }) => name).join("");
    for (const name of names.split(" ")) {
      if (name.endsWith("/")) folders.push({ indent: indent.length, name });
      else if (/\.ts,?$/.test(name)) files.push(path + name.replace(/,$/, ""));
      else break; // a remark that only one space sets apart, or that has the line for itself
    }
  }
  return files.map((file) => (file.startsWith("src/") ? file : `src/${file}`));
}

function printClasses() {
  const classes = filesOf("src").flatMap((file) =>
    [
      ...readFileSync(join(root, file), "utf8").matchAll(
        /^(?:export )?(?:abstract )?class (\w+)(?:<.*?>)?(?: extends (\w+))?/gm,
      ),
    ].map(([, name, base]) => ({ name, base, file })),
  );
  const names = new Set(classes.map(({ name }) => name));
  const print = ({ name, base, file }, depth) => {
    const from = base !== undefined && !names.has(base) ? ` extends ${base}` : "";
    console.log(`${"  ".repeat(depth)}${name}${from}  (${file})`);
    for (const heir of classes.filter((other) => other.base === name)) print(heir, depth + 1);
  };
  for (const top of classes.filter(({ base }) => !names.has(base))) print(top, 0);
}

/** The source files under a folder, from the root of the repository. */
function filesOf(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .map((file) => join(folder, file))
    .toSorted();
}

/** The doors of rooms and of the package hold names only; the package's are named in the text. */
function isDoor(file) {
  return file.endsWith("/index.ts") || /^src\/\w+\.ts$/.test(file);
}
