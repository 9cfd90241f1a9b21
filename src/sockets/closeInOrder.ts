import { isErrno } from "../errors/index.js";
import { closeHandle, type Handle, isOpen } from "../handles/index.js";
import type { Steps } from "../kernel/index.js";
import type { Connection } from "./connection.js";
import { brokenError } from "./direction.js";

/** Says that nothing more will be sent, and waits for the peer's end. The handle is closed however it goes. */
export function* closeInOrder(
  s: Handle,
  connection: Connection,
  deadline: number,
  syscall: string,
): Steps<void> {
  try {
    if (connection.isTorn || connection.incoming.state === "broken") throw brokenError(syscall);
    if (connection.outgoing.state !== "done") connection.done(syscall);
    if (connection.incoming.state !== "done") yield* connection.drain(deadline, syscall);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error; // EPIPE is the peer's end
  } finally {
    if (isOpen(s)) closeHandle(s, syscall);
  }
}
