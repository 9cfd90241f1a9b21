// LIBDILL_INSPECT=1 in the environment opens the process to the command `libdill-ts`, as `--import libdill-ts/inspect` does.

/** By a name that no bundler follows: it is needed by those alone who ask for it. */
const door = "libdill-ts/inspect";
let isAsked = globalThis.process?.env["LIBDILL_INSPECT"] === "1";

export function openIfAsked(): void {
  if (!isAsked) return;
  isAsked = false;
  import(door).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    process.emitWarning(`LIBDILL_INSPECT: ${door} can't be loaded: ${why}`);
  });
}
