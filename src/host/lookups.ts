// The host's names, made when they are first used, and apart from the host as its sockets are.
import type { Names } from "./names.js";
import { makeNames } from "./node/nodeNames.js";

let made: Names | undefined;

export function names(): Names {
  made ??= makeNames();
  return made;
}
