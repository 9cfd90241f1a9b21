import type { Coroutine, IpcSocket } from "libdill-ts";
import { ipcSendfd } from "libdill-ts/native";
import { codeOrNone } from "./failure.js";

/** Sends descriptors until no more fits. The socket can go on. */
export function* fillUp(s: IpcSocket): Coroutine {
  while ((yield* codeOrNone(ipcSendfd(s, 0, 0))) === "none");
}
