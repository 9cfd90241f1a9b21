// Node's modules, each loaded when it is first used: a program without sockets starts sooner (bench: startup). An import
// would also stay in what bundlers make of such a program.
import type * as Crypto from "node:crypto";
import type * as Dns from "node:dns";
import type * as Fs from "node:fs";
import type * as Net from "node:net";
import type * as Os from "node:os";
import type * as Path from "node:path";
import type * as Stream from "node:stream";
import type * as Tls from "node:tls";

/** As it was at load: tests replace the global. */
const { process: system } = globalThis;

export function crypto(): typeof Crypto {
  return system.getBuiltinModule("node:crypto");
}

export function dns(): typeof Dns {
  return system.getBuiltinModule("node:dns");
}

export function fs(): typeof Fs {
  return system.getBuiltinModule("node:fs");
}

export function net(): typeof Net {
  return system.getBuiltinModule("node:net");
}

export function os(): typeof Os {
  return system.getBuiltinModule("node:os");
}

export function paths(): typeof Path {
  return system.getBuiltinModule("node:path");
}

export function streams(): Pick<typeof Stream, "Duplex"> {
  return system.getBuiltinModule("node:stream");
}

export function tls(): typeof Tls {
  return system.getBuiltinModule("node:tls");
}
