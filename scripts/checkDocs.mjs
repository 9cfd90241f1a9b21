// Holds the public names to the rules for doc comments, as far as a machine can:
//   each export    a summary that is a sentence
//   each function  @param for each parameter, @returns unless there is nothing to return,
//                  the error codes of @throws in alphabetical order, each of them tested
//   operations     @throws with codes, @remarks Cancellation, and a source (@see, or "Source: …")
//   the others     say "Never blocks." (those that return a promise need not)
// A code is tested if a file of test/ names both it and the function. What no test can bring
// about stands in untestable.json, as "function:CODE" with the reason.
// Beside that: each relative link of a packed page leads to a file that is packed, too, and no list or table
// of a page says a thing twice, as two versions of a line do after a merge.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import {
  isFunctionDeclaration,
  isIdentifier,
  isVariableDeclaration,
} from "typescript/unstable/ast";
import { SymbolFlags } from "typescript/unstable/sync";
import { doors } from "./doors.mjs";
import { isOurs, report, root, shown, withProjects } from "./project.mjs";

const doorFiles = doors.map((door) => `src/${door}.ts`);
const untestable = JSON.parse(readFileSync(join(root, "scripts/untestable.json"), "utf8"));
const tests = readTests();
const faults = new Set(); // a name may be exported by both doors
const excused = new Set();

withProjects(["tsconfig.src.json"], ({ program, checker }) => {
  for (const door of doorFiles) {
    const file = program.getSourceFile(join(root, door));
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) {
      faults.add(`${door}: is missing, or exports nothing`);
      continue;
    }
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      checkExport(
        symbol.name,
        target.declarations.map((declaration) => declaration.resolve()),
      );
    }
  }
});
for (const key of Object.keys(untestable)) {
  if (!excused.has(key)) faults.add(`scripts/untestable.json: ${key} needs no excuse`);
}
checkLinks();
checkRepetitions();
report(
  [...faults].toSorted((a, b) => a.localeCompare(b)),
  "doc comments keep the rules, links lead to packed files",
);

function checkExport(name, declarations) {
  const ours = declarations.filter((node) => isOurs(node.getSourceFile().fileName));
  const functions = ours.filter(isFunctionDeclaration);
  // Of an overloaded function only the signatures are public, not the body.
  const signatures = functions.length > 1 ? functions.filter((node) => !node.body) : functions;
  const others = ours.filter((node) => !isFunctionDeclaration(node));
  const fault = (text) => faults.add(`${shown(ours[0].getSourceFile().fileName)}/${name}: ${text}`);

  for (const node of signatures) checkSignature(node, readDoc(node), fault);
  if (signatures.length > 0) checkErrors(name, signatures, fault);
  if (others.length > 0) checkSummary(others.map(readDoc).find(Boolean), fault);
}

function checkSummary(doc, fault) {
  if (doc === undefined) fault("no doc comment");
  else if (doc.summary === "") fault("no summary");
  else if (!/[.!?:]$/.test(doc.summary)) fault("the summary is no sentence: it has no full stop");
}

/** What each overload must say for itself. */
function checkSignature(node, doc, fault) {
  checkSummary(doc, fault);
  if (doc === undefined) return;

  const declared = node.parameters.filter(({ name }) => name.getText() !== "this");
  const documented = doc.tags.filter(({ tag }) => tag === "param").map(({ text }) => text);
  declared.forEach(({ name }, i) => {
    const [word = "", dash, ...meaning] = (documented[i] ?? "").split(/\s+/);
    const given = isIdentifier(name) ? name.text : word; // a pattern may be called anything
    if (word !== given || word === "") fault(`@param ${given} is missing or out of order`);
    else if (dash !== "-" || meaning.length === 0)
      fault(`@param ${given} needs " - " and a meaning`);
  });
  for (const extra of documented.slice(declared.length)) {
    fault(`@param ${extra.split(/\s/)[0]} stands for no parameter`);
  }

  const returns = doc.tags.find(({ tag }) => tag === "returns");
  const nothing = /^(void|never|undefined|asserts .*|(Operation|Promise)<(void|never)>)$/;
  if (!nothing.test(returnType(node)) && !returns?.text) fault("@returns is missing");

  const isLazy = /^(Operation|Promise)</.test(returnType(node));
  if (!isLazy && !/\bNever blocks\./.test(doc.text)) fault('does not say "Never blocks."');
}

/** What may stand on any of the overloads. */
function checkErrors(name, signatures, fault) {
  const docs = signatures.map(readDoc).filter((doc) => doc !== undefined);
  const tags = docs.flatMap((doc) => doc.tags);
  const items = tags
    .filter(({ tag }) => tag === "throws")
    .flatMap(({ text }) => text.split("\n"))
    .filter((line) => line.startsWith("- "));
  const codes = [];
  for (const item of items) {
    const [, code, cause] = /^- `([A-Z][A-Z0-9]+)`(?:: (.+))?/.exec(item) ?? [];
    if (cause === undefined) fault(`@throws: "${item}" is not "- \`CODE\`: cause"`);
    if (code !== undefined) codes.push(code);
  }
  codes.forEach((code, i) => {
    if (code === codes[i - 1]) fault(`@throws: ${code} stands there twice`);
    else if (code < codes[i - 1]) fault(`@throws: ${code} belongs before ${codes[i - 1]}`);
  });
  for (const code of new Set(codes)) checkTested(name, code, fault);

  if (!signatures.some((node) => returnType(node).startsWith("Operation<"))) return;
  if (codes.length === 0) fault("@throws with its error codes is missing");
  if (!tags.some(({ tag, text }) => tag === "remarks" && /^Cancellation: ./.test(text))) {
    fault("@remarks Cancellation: is missing");
  }
  const hasSee = tags.some(({ tag, text }) => tag === "see" && text !== "");
  if (!hasSee && !docs.some(({ text }) => /^Source: ./m.test(text))) {
    fault('no source: neither @see nor a line that starts with "Source: "');
  }
}

function checkTested(name, code, fault) {
  const mentions = [name, code].map((word) => new RegExp(`\\b${word}\\b`));
  const isTested = tests.some((text) => mentions.every((mention) => mention.test(text)));
  const key = `${name}:${code}`;
  if (isTested) return;
  if (untestable[key]) excused.add(key);
  else fault(`${code} is tested nowhere`);
}

function returnType(node) {
  return node.type?.getText().replaceAll(/\s+/g, " ") ?? "";
}

/** The comment right above a declaration: all its text, its first paragraph, and its tags. */
function readDoc(node) {
  const owner = isVariableDeclaration(node) ? node.parent.parent : node;
  const comment = owner.jsDoc?.at(-1)?.getText();
  if (comment === undefined) return undefined;
  const text = comment
    .replaceAll(/^\/\*\*|\*\/$/g, "")
    .replaceAll(/^[ \t]*\*[ \t]?/gm, "")
    .trim();
  const [prose, ...blocks] = `\n${text}`.split(/\n(?=@[a-z])/);
  const tags = blocks.map((block) => {
    const [tag] = block.slice(1).split(/\s/, 1);
    return { tag, text: block.slice(1 + tag.length).trim() };
  });
  return { text, summary: prose.trim().split(/\n\s*\n/)[0], tags };
}

function readTests() {
  const folder = join(root, "test");
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"));
}

function checkLinks() {
  const packed = packedFiles();
  const folders = new Set(packed.flatMap(foldersAround));
  const targets = new Set([...packed, ...folders]);
  for (const page of packed.filter((file) => file.endsWith(".md"))) {
    for (const link of linksOf(readFileSync(join(root, page), "utf8"))) {
      const path = decodeURIComponent(link.replace(/[?#].*/, "")).replace(/\/$/, "");
      const target = posix.join(posix.dirname(page), path);
      if (path !== "" && !targets.has(target)) faults.add(`${page}: ${link} is not in the package`);
    }
  }
}

function checkRepetitions() {
  for (const page of packedFiles().filter((file) => file.endsWith(".md"))) {
    const prose = readFileSync(join(root, page), "utf8")
      .replaceAll(/^( *)(```+|~~~+).*?^\1?\2/gms, "")
      .replaceAll(/<!-- bench:.*?<!-- \/bench -->/gs, ""); // generated
    for (const block of prose.split(/\n\s*\n/)) {
      const starts = block.split("\n").map(beginningOf).filter(Boolean);
      for (const start of starts.filter((text, i) => starts.indexOf(text) < i)) {
        faults.add(`${page}: two lines of a list or a table begin with ${start}`);
      }
    }
  }
}

/** What tells a line of a list or a table from the others; empty for any other line. */
function beginningOf(line) {
  const [, cell = ""] = /^\| *(`[^|]*?|[^|]{12,}?) *\|/.exec(line) ?? [];
  const [, item = ""] = /^ *[-*] (.{40})/.exec(line) ?? [];
  return cell || item;
}

/** The files that npm would pack. */
function packedFiles() {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const [{ files }] = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" }));
  return files.map(({ path }) => path);
}

function foldersAround(file) {
  const folder = posix.dirname(file);
  return folder === "." ? ["."] : [folder, ...foldersAround(folder)];
}

/** Where a page's links and images lead, but for those with a scheme; what looks so in code is none. */
function linksOf(markdown) {
  const prose = markdown
    .replaceAll(/^( *)(```+|~~~+).*?^\1?\2/gms, "")
    .replaceAll(/`[^`\n]*`/g, "`code`");
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const named = [...prose.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)];
  const tags = [...prose.matchAll(/<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)="([^"]+)"/g)];
  return [...inline, ...named, ...tags]
    .map(([, link]) => link)
    .filter((link) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(link));
}
