// Names can't be looked up in a browser.
import { dillError } from "../../errors/index.js";
import type { Names } from "../names.js";

function unsupported(): never {
  throw dillError("ENOTSUP", "lookup", "names can't be looked up in a browser");
}

export function makeNames(): Names {
  return { lookup: unsupported, interfaces: unsupported };
}
