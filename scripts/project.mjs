// Opens a tsconfig with TypeScript's own API, for the checks that need types or doc comments.
import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { API } from "typescript/unstable/sync";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Path as a person reads it: from the repository's root. */
export const shown = (file) => relative(root, file);

/** Whether the file is written here, rather than built or installed. */
export const isOurs = (file) => /^(src|test|examples|bench)\//.test(shown(file));

/** Calls `visit` with each of the named projects that exists. */
export function withProjects(configs, visit) {
  const files = configs.map((name) => resolve(root, name)).filter(existsSync);
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProjects: files });
    for (const file of files) {
      const project = snapshot.getProject(file);
      if (project === undefined) throw new Error(`${shown(file)} can't be opened`);
      visit(project);
    }
    snapshot.dispose();
  } finally {
    api.close();
  }
}

/** Prints the faults, if any, and lets the process fail because of them. */
export function report(faults, praise) {
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log(praise);
}
