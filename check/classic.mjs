// TypeScript up to 6: its API runs in this process.
import { dirname } from "node:path";
import { placesIn } from "./places.mjs";
import { faultAt } from "./rule.mjs";

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
  const types = {
    names: (type) => [type.aliasSymbol?.name, type.symbol?.name],
    cases: (type) => (type.isUnion() ? type.types : undefined),
    argument: (type) => checker.getTypeArguments(type)[0],
    returned: (type) => type.getCallSignatures().map((one) => one.getReturnType()),
    wantedAt: (node) => checker.getContextualType(node),
  };
  const found = [];
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || program.isSourceFileFromExternalLibrary(file)) continue;
    for (const place of placesIn(file, ts)) {
      const { misuse, typed, shown } = place;
      const type = faultAt(place, checker.getTypeAtLocation(typed), types);
      if (type === undefined) continue;
      const { fileName, text } = file;
      const code = shown.getText(file);
      found.push({ file: fileName, text, offset: shown.getStart(file), code, type, misuse });
    }
  }
  return found;
}
