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
  if (isErrno(caught)) same<ErrnoCode>()(caught.code);
  if (caught instanceof DillError) {
    // @ts-expect-error there is no such code
    if (caught.code === "ENOTHING") return;
    // @ts-expect-error a code is not to be changed
    caught.code = "EPIPE";
  }
  // @ts-expect-error there is no such code
  isErrno(caught, "ENOTHING");
}
