// Programs of ours in a process that may open few files.
import { openSync } from "node:fs";
import { type OtherProcess, startProcess } from "./process.js";

/** Starts the program with Node; what it says on stderr comes on stdout, too. */
export function startWithFewDescriptors(
  program: readonly string[],
  options: { env?: NodeJS.ProcessEnv } = {},
): OtherProcess {
  const script = 'ulimit -n 60; exec "$@" 2>&1';
  return startProcess("sh", ["-c", script, "sh", process.execPath, ...program], options);
}

/** Opens files until the process may open no more. */
export function exhaustDescriptors(): void {
  try {
    for (;;) openSync("/dev/null", "r");
  } catch {
    // That was the last one.
  }
}
