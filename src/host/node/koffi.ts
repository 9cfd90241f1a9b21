// The package koffi, which the program has installed if it wants it.
import { modules, paths } from "./builtin.js";
import type { CFunction, CType, CValue, Foreign } from "./foreign.js";

/** The few functions of koffi that are used here. */
interface Koffi {
  load(path: null): { func(name: string, result: CType, parameters: CType[]): CFunction };
  proto(result: CType, parameters: CType[]): object;
  pointer(type: object): object;
  register(job: (...values: CValue[]) => void, type: object): bigint;
  view(pointer: bigint, length: number): ArrayBuffer;
  errno(): number;
}

/** The program's own, from where its main script is, or from where it was started. */
export function findKoffi(): Foreign | undefined {
  const [, script] = process.argv;
  const places = [script, paths().join(process.cwd(), "program")];
  for (const place of places) {
    if (place === undefined) continue;
    try {
      const koffi: Koffi = modules().createRequire(paths().resolve(place))("koffi");
      return throughKoffi(koffi);
    } catch {
      // not there, or not for this system
    }
  }
  return undefined;
}

function throughKoffi(koffi: Koffi): Foreign {
  const process = koffi.load(null);
  return {
    find: (name, result, parameters) => process.func(name, result, parameters),
    callback: (parameters, job) =>
      koffi.register(job, koffi.pointer(koffi.proto("void", parameters))),
    view: (pointer, length) => Buffer.from(koffi.view(pointer, length)),
    errno: () => koffi.errno(),
  };
}
