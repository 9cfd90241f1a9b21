// The numbers of this system's error codes. node:os is loaded for the first error: an import of it would make every
// program start later (bench: startup).

/** As it was at load: tests replace the global. */
const { process: system } = globalThis;

export function systemNumbers(): Readonly<Record<string, number>> {
  return system.getBuiltinModule("node:os").constants.errno;
}
