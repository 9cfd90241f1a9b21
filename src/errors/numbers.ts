// The numbers of this system's error codes. node:os is loaded for the first error: an import of it would make every
// program start later (bench: startup).

export function systemNumbers(): Readonly<Record<string, number>> {
  return globalThis.process.getBuiltinModule("node:os").constants.errno;
}
