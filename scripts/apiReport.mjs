// The public surface of each door, as a text that a review can look at: etc/<door>.api.md.
//   node scripts/apiReport.mjs           fails where the surface differs from the text
//   node scripts/apiReport.mjs --write   writes the text
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { doors } from "./doors.mjs";
import { root } from "./project.mjs";

const isWriting = process.argv.includes("--write");

let isGood = true;
for (const door of doors) {
  const file = join(root, "api-extractor.json");
  const settings = ExtractorConfig.loadFile(file);
  settings.mainEntryPointFilePath = join(root, `dist/${door}.d.ts`);
  settings.apiReport.reportFileName = `${door}.api.md`;
  const config = ExtractorConfig.prepare({
    configObject: settings,
    configObjectFullPath: file,
    packageJsonFullPath: join(root, "package.json"),
  });
  const { succeeded, apiReportChanged } = Extractor.invoke(config, {
    localBuild: isWriting,
    messageCallback(message) {
      const { Info, Verbose } = ExtractorLogLevel;
      if (message.logLevel === Info || message.logLevel === Verbose) message.handled = true;
    },
  });
  if (apiReportChanged && !isWriting) {
    console.error(`etc/${door}.api.md: the surface has changed; look at it after npm run api`);
  }
  isGood &&= succeeded;
}
if (isGood) console.log("the API is the one in etc/");
else process.exitCode = 1;
