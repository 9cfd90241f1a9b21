// node:dns, loaded when the first name is looked up.
import type * as Dns from "node:dns";

let loaded: typeof Dns | undefined;

export function dns(): typeof Dns {
  loaded ??= process.getBuiltinModule("node:dns");
  return loaded;
}
