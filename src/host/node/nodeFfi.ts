// Node's own way to call C, which Node 26 has, experimental as yet. Node itself warns of that when it is loaded.
import { ffi as load } from "./builtin.js";
import type { CFunction, CType, CValue, Foreign } from "./foreign.js";

interface Signature {
  readonly return: CType;
  readonly arguments: CType[];
}

interface Library {
  getFunction(name: string, signature: Signature): (...values: CValue[]) => CValue;
  registerCallback(signature: Signature, job: (...values: CValue[]) => void): bigint;
}

/** The few functions of node:ffi that are used here. */
interface Ffi {
  dlopen(path: null): { readonly lib: Library };
  toBuffer(pointer: bigint, length: number, copy: boolean): Buffer;
}

function isFfi(module: object | undefined): module is Ffi {
  return module !== undefined && "dlopen" in module && "toBuffer" in module;
}

/** It is not there in an older Node, without its flag, or without the permission to use it. */
export function findFfi(): Foreign | undefined {
  try {
    const ffi = load();
    return isFfi(ffi) ? throughFfi(ffi) : undefined;
  } catch {
    return undefined;
  }
}

function throughFfi(ffi: Ffi): Foreign {
  const { lib } = ffi.dlopen(null);
  const errnoAt = lib.getFunction("__errno_location", { return: "uint64", arguments: [] });
  return {
    find(name, result, parameters): CFunction {
      const call = lib.getFunction(name, { return: result, arguments: parameters });
      const areWide = parameters.map((type) => type === "uint64" || type === "int64");
      return (...values) => call(...values.map((value, i) => (areWide[i] ? BigInt(value) : value)));
    },
    callback: (parameters, job) =>
      lib.registerCallback({ return: "void", arguments: parameters }, job),
    view: (pointer, length) => ffi.toBuffer(pointer, length, false),
    errno: () => ffi.toBuffer(BigInt(errnoAt()), 4, false).readInt32LE(),
  };
}
