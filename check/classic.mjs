// TypeScript up to 6: its API runs in this process.
import { dirname } from "node:path";
import { isAssignment, lazyType } from "./rule.mjs";

export function findWithApi(configs, ts) {
  return configs.flatMap((config) => findIn(programOf(config, ts), ts));
}

function programOf(config, ts) {
  const { config: json, error } = ts.readConfigFile(config, ts.sys.readFile);
  if (error !== undefined)
    throw new Error(ts.flattenDiagnosticMessageText(error.messageText, "\n"));
  const parsed = ts.parseJsonConfigFileContent(json, ts.sys, dirname(config), {}, config);
  if (parsed.fileNames.length === 0) {
    throw new Error(`${config} has no files of its own: name the projects that it refers to`);
  }
  const { fileNames: rootNames, options, projectReferences } = parsed;
  return ts.createProgram({ rootNames, options, projectReferences });
}

function findIn(program, ts) {
  const checker = program.getTypeChecker();
  const found = [];
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || program.isSourceFileFromExternalLibrary(file)) continue;
    const visit = (node) => {
      if (ts.isExpressionStatement(node) && !isAssignment(node.expression, ts))
        look(node.expression);
      ts.forEachChild(node, visit);
    };
    const look = (expression) => {
      const type = nameOf(checker.getTypeAtLocation(expression));
      if (type === undefined) return;
      const { fileName, text } = file;
      const code = expression.getText(file);
      found.push({ file: fileName, text, offset: expression.getStart(file), code, type });
    };
    visit(file);
  }
  return found;
}

/** Also of one case of a union: `ready && msleep(…)`. */
function nameOf(type) {
  const names = [type.aliasSymbol?.name, type.symbol?.name];
  return lazyType(names) ?? (type.isUnion() ? type.types.map(nameOf).find(Boolean) : undefined);
}
