// TypeScript 7: a compiler of its own, which is asked from here.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isAssignment, lazyType } from "./rule.mjs";

export async function findWithServer(configs, fromHere) {
  const load = (name) => import(pathToFileURL(fromHere.resolve(name)).href);
  const [{ API }, ast] = await Promise.all([
    load("typescript/unstable/sync"),
    load("typescript/unstable/ast"),
  ]);
  for (const config of configs) if (!existsSync(config)) throw new Error(`there is no ${config}`);
  const api = new API();
  try {
    const snapshot = api.updateSnapshot({ openProjects: configs });
    const found = configs.flatMap((config) => {
      const project = snapshot.getProject(config);
      if (project === undefined) throw new Error(`${config} can't be opened`);
      return findIn(project, ast);
    });
    snapshot.dispose();
    return found;
  } finally {
    api.close();
  }
}

function findIn({ program, checker }, ast) {
  const found = [];
  for (const name of program.getSourceFileNames()) {
    if (/\.d\.[cm]?ts$/.test(name) || name.includes("/node_modules/")) continue;
    const file = program.getSourceFile(name);
    const expressions = file === undefined ? [] : thrownAway(file, ast);
    if (expressions.length === 0) continue; // the checker takes them all at once, but not none
    const types = checker.getTypeAtLocation(expressions);
    expressions.forEach((expression, i) => {
      const type = types[i] === undefined ? undefined : nameOf(types[i]);
      if (type === undefined) return;
      const { text } = file;
      const code = expression.getText();
      found.push({ file: name, text, offset: expression.getStart(), code, type });
    });
  }
  return found;
}

/** The expressions whose value nobody takes. */
function thrownAway(file, ast) {
  const found = [];
  const visit = (node) => {
    if (ast.isExpressionStatement(node) && !isAssignment(node.expression, ast)) {
      found.push(node.expression);
    }
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return found;
}

/** Also of one case of a union: `ready && msleep(…)`. */
function nameOf(type) {
  const names = [type.getAliasSymbol()?.name, type.getSymbol()?.name];
  return (
    lazyType(names) ?? (type.isUnionType() ? type.getTypes().map(nameOf).find(Boolean) : undefined)
  );
}
