// Calls into the C library that the process has loaded anyway, without a binary of ours: through node:ffi, or through the
// program's own koffi. Both are loaded when somebody first needs them.
//
// All pointers are numbers, and all memory that C sees is C's: no garbage collector moves or frees it.
import type { Failure } from "../sockets.js";
import { isNode } from "./endOfStream.js";
import type { Foreign } from "./foreign.js";
import { findKoffi } from "./koffi.js";
import { findFfi } from "./nodeFfi.js";

/** C's memory, zero at first. */
interface Memory {
  readonly pointer: bigint;
  readonly bytes: Buffer;
}

export interface NativeCalls extends Foreign {
  allocate(length: number): Memory;
}

/** Where the structures that C takes are laid out as this house writes them. */
const layouts = ["x64", "arm64", "riscv64", "loong64"];

let found: NativeCalls | Failure | undefined;

export function nativeCalls(): NativeCalls | Failure {
  found ??= find();
  return found;
}

function find(): NativeCalls | Failure {
  const { platform, arch } = process;
  if (!isNode() || platform !== "linux" || !layouts.includes(arch)) {
    return lacking(`this needs Node on Linux, on one of ${layouts.join(", ")}`);
  }
  const foreign = findFfi() ?? findKoffi();
  if (foreign === undefined) {
    return lacking(
      "this needs Node's own node:ffi (Node 26.10 or later), or the package koffi in the program: npm install koffi",
    );
  }
  const calloc = foreign.find("calloc", "uint64", ["uint64", "uint64"]);
  return {
    ...foreign,
    allocate(length) {
      const pointer = BigInt(calloc(1, length));
      if (pointer === 0n) throw new RangeError("out of memory");
      return { pointer, bytes: foreign.view(pointer, length) };
    },
  };
}

function lacking(message: string): Failure {
  return { code: "ENOTSUP", message };
}
