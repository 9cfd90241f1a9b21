// Node's modules, each loaded when it is first used: a program without sockets starts sooner (bench: startup). An import
// would also stay in what bundlers make of such a program.
import type * as Dns from "node:dns";
import type * as Fs from "node:fs";
import type * as Net from "node:net";
import type * as Os from "node:os";
import type * as Path from "node:path";

export function dns(): typeof Dns {
  return process.getBuiltinModule("node:dns");
}

export function fs(): typeof Fs {
  return process.getBuiltinModule("node:fs");
}

export function net(): typeof Net {
  return process.getBuiltinModule("node:net");
}

export function os(): typeof Os {
  return process.getBuiltinModule("node:os");
}

export function paths(): typeof Path {
  return process.getBuiltinModule("node:path");
}
