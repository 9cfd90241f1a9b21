// TypeScript 7: a compiler of its own, which is asked from here.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { placesIn } from "./places.mjs";
import { faultAt } from "./rule.mjs";

export async function findWithServer(configs, fromHere) {
  const load = (name) => import(pathToFileURL(fromHere.resolve(name)).href);
  const [{ API, SignatureKind }, ast] = await Promise.all([
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
      return findIn(project, ast, SignatureKind);
    });
    snapshot.dispose();
    return found;
  } finally {
    api.close();
  }
}

function findIn({ program, checker }, ast, SignatureKind) {
  const types = typesOf(checker, SignatureKind);
  const found = [];
  for (const name of program.getSourceFileNames()) {
    if (/\.d\.[cm]?ts$/.test(name) || name.includes("/node_modules/")) continue;
    const file = program.getSourceFile(name);
    const places = file === undefined ? [] : placesIn(file, ast);
    const seen = types.at(places.map(({ typed }) => typed));
    places.forEach((place, i) => {
      const { misuse, shown } = place;
      const type = seen[i] === undefined ? undefined : faultAt(place, seen[i], types);
      if (type === undefined) return;
      const { text } = file;
      const code = shown.getText();
      found.push({ file: name, text, offset: shown.getStart(), code, type, misuse });
    });
  }
  return found;
}

/**
 * How the rule asks for types.
 *
 * TypeScript 7.0 panics when it hands out some tuples, such as the one in `isReady ? operation : []`. A tuple is no
 * operation, so that such a type counts as none. Where one is a case of a union, the cases are known by their text.
 */
function typesOf(checker, SignatureKind) {
  return {
    at(nodes) {
      if (nodes.length === 0) return []; // the checker takes several nodes at once, but not none
      const types = orNothing(() => checker.getTypeAtLocation(nodes));
      if (types !== undefined || nodes.length === 1) return types ?? [undefined];
      const middle = nodes.length >> 1;
      return [...this.at(nodes.slice(0, middle)), ...this.at(nodes.slice(middle))];
    },
    wantedAt: (node) => orNothing(() => checker.getContextualType(node)),
    names: (type) =>
      typeof type === "string"
        ? [/^\w+/.exec(type)?.[0]]
        : [type.getAliasSymbol()?.name, type.getSymbol()?.name],
    cases(type) {
      if (typeof type === "string" || !type.isUnionType()) return undefined;
      return orNothing(() => type.getTypes()) ?? checker.typeToString(type).split(" | ");
    },
    argument: (type) =>
      typeof type === "string" ? undefined : orNothing(() => checker.getTypeArguments(type)[0]),
    returned(type) {
      if (typeof type === "string") return [];
      const signatures = orNothing(() => checker.getSignaturesOfType(type, SignatureKind.Call));
      return (signatures ?? [])
        .map((one) => orNothing(() => checker.getReturnTypeOfSignature(one)))
        .filter(Boolean);
    },
  };
}

function orNothing(ask) {
  try {
    return ask();
  } catch (error) {
    if (/panic/.test(error instanceof Error ? error.message : "")) return undefined;
    throw error;
  }
}
