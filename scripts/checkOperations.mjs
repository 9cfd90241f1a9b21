// Finds operations that were called but never run: `msleep(…);` where `yield* msleep(…);` was meant.
// An operation does nothing until yield*, and no type error tells that it was thrown away.
// Where that is wanted, a comment on the line, or alone on the one above, says so.
import { isBinaryExpression, isExpressionStatement, SyntaxKind } from "typescript/unstable/ast";
import { isOurs, report, shown, withProjects } from "./project.mjs";

const configs = [
  "tsconfig.src.json",
  "tsconfig.test.json",
  "tsconfig.examples.json",
  "tsconfig.bench.json",
];
const lazyTypes = new Set(["Operation", "Coroutine", "Generator"]);
const silencer = /\/\/ not yielded on purpose\b/;

const faults = [];
withProjects(configs, ({ program, checker }) => {
  for (const name of program.getSourceFileNames()) {
    const file = isOurs(name) ? program.getSourceFile(name) : undefined;
    if (file === undefined) continue;
    const expressions = thrownAway(file);
    if (expressions.length === 0) continue; // the checker takes them all at once, but not none
    const lines = file.text.split("\n");
    const types = checker.getTypeAtLocation(expressions);
    expressions.forEach((expression, i) => {
      const type = lazyName(types[i]);
      if (type === undefined) return;
      const line = file.text.slice(0, expression.getStart()).split("\n").length;
      if (isSilenced(lines, line)) return;
      const code = expression.getText().replaceAll(/\s+/g, " ").slice(0, 60);
      faults.push(`${shown(name)}:${line}: \`${code}\` makes ${type} that never runs; add yield*`);
    });
  }
});
report(faults, "no operation is thrown away");

/** The expressions whose value nobody takes. */
function thrownAway(file) {
  const found = [];
  const visit = (node) => {
    if (isExpressionStatement(node) && !isAssignment(node.expression)) found.push(node.expression);
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return found;
}

function isAssignment(expression) {
  if (!isBinaryExpression(expression)) return false;
  const { kind } = expression.operatorToken;
  return kind >= SyntaxKind.FirstAssignment && kind <= SyntaxKind.LastAssignment;
}

/** Which lazy type this is, also as one case of a union: `ready && msleep(…)`. */
function lazyName(type) {
  if (type === undefined) return undefined;
  const names = [type.getAliasSymbol()?.name, type.getSymbol()?.name];
  const name = names.find((candidate) => lazyTypes.has(candidate));
  if (name !== undefined) return name === "Operation" ? "an Operation" : `a ${name}`;
  if (!type.isUnionType()) return undefined;
  return type.getTypes().map(lazyName).find(Boolean);
}

/** Whether the comment stands on the line (1-based), or alone on the one above. */
function isSilenced(lines, line) {
  const above = (lines[line - 2] ?? "").trim();
  return silencer.test(lines[line - 1]) || (above.startsWith("//") && silencer.test(above));
}
