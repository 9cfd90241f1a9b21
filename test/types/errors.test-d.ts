// Compiled only: what must not compile is marked so.
import { DillError, type ErrnoCode, isErrno } from "libdill-ts";
import { same } from "./same.js";

export function typesOfErrors(caught: unknown): void {
  // @ts-expect-error nothing is known of it yet
  caught.code.toLowerCase();
  if (isErrno(caught, "EPIPE", "ETIMEDOUT")) {
    same<"EPIPE" | "ETIMEDOUT">()(caught.code);
    same<number | undefined>()(caught.errno);
    same<string | undefined>()(caught.syscall);
    same<string | undefined>()(caught.address);
  }
  if (isErrno(caught)) same<ErrnoCode | (string & Record<never, never>)>()(caught.code);
  if (caught instanceof DillError) {
    // @ts-expect-error there is no such code
    if (caught.code === "ENOTHING") return;
    // @ts-expect-error a code is not to be changed
    caught.code = "EPIPE";
  }
  // Node's own errors have codes that this library never throws.
  if (isErrno(caught, "EEXIST", "ENOSPC")) same<"EEXIST" | "ENOSPC">()(caught.code);
  if (isErrno(caught, "EEXIST", "EPIPE")) same<"EEXIST" | "EPIPE">()(caught.code);
  const codes: readonly string[] = ["EXDEV"];
  if (isErrno(caught, ...codes)) same<string>()(caught.code);
  // @ts-expect-error a code is a text
  isErrno(caught, 5);
}
