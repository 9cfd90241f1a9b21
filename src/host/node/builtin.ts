// Node's modules, each loaded when it is first used: a program without sockets starts sooner (bench: startup). An import
// would also stay in what bundlers make of such a program.
import type * as AsyncHooks from "node:async_hooks";
import type * as Buffers from "node:buffer";
import type * as Crypto from "node:crypto";
import type * as Dgram from "node:dgram";
import type * as Dns from "node:dns";
import type * as Fs from "node:fs";
import type * as Modules from "node:module";
import type * as Net from "node:net";
import type * as Os from "node:os";
import type * as Path from "node:path";
import type * as Stream from "node:stream";
import type * as Tls from "node:tls";
import type * as Util from "node:util";
import type * as WorkerThreads from "node:worker_threads";
import type * as Zlib from "node:zlib";

/** As it was at load: tests replace the global. */
const { process: system } = globalThis;

export function asyncHooks(): typeof AsyncHooks {
  return system.getBuiltinModule("node:async_hooks");
}

export function buffers(): typeof Buffers {
  return system.getBuiltinModule("node:buffer");
}

export function crypto(): typeof Crypto {
  return system.getBuiltinModule("node:crypto");
}

export function dgram(): typeof Dgram {
  return system.getBuiltinModule("node:dgram");
}

export function dns(): typeof Dns {
  return system.getBuiltinModule("node:dns");
}

/** Node 26 has it, and warns that it is experimental. */
export function ffi(): object | undefined {
  return system.getBuiltinModule("node:ffi");
}

export function fs(): typeof Fs {
  return system.getBuiltinModule("node:fs");
}

export function modules(): Pick<typeof Modules, "createRequire"> {
  return system.getBuiltinModule("node:module");
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

export function zlib(): typeof Zlib {
  return system.getBuiltinModule("node:zlib");
}

export function workerThreads(): typeof WorkerThreads {
  return system.getBuiltinModule("node:worker_threads");
}

export function util(): typeof Util {
  return system.getBuiltinModule("node:util");
}

export function streams(): Pick<typeof Stream, "Duplex"> {
  return system.getBuiltinModule("node:stream");
}

export function tls(): typeof Tls {
  return system.getBuiltinModule("node:tls");
}
