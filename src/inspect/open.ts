// Opening the process to the command `libdill-ts`. If that can't be, the program goes on without.
import { isMainThread } from "node:worker_threads";
import { dumpOnQuit } from "./onQuit.js";
import { openSocket } from "./server.js";

export function openProcess(): void {
  try {
    openSocket();
  } catch (error) {
    process.emitWarning(`no inspection: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (isMainThread) dumpOnQuit();
}
