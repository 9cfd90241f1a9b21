import { type DillError, type ErrnoCode, isErrno } from "libdill-ts";
import { expectType } from "./equal.js";

export function narrowing(caught: unknown): void {
  if (isErrno(caught)) {
    expectType<ErrnoCode>()(caught.code);
    expectType<number>()(caught.errno);
    expectType<string>()(caught.syscall);
    const address: string | undefined = caught.address;
    void address;
  }
  if (isErrno(caught, "ETIMEDOUT")) {
    expectType<"ETIMEDOUT">()(caught.code);
    const error: DillError = caught;
    void error;
  }
  if (isErrno(caught, "ETIMEDOUT", "EPIPE")) {
    expectType<"ETIMEDOUT" | "EPIPE">()(caught.code);
    // @ts-expect-error It is one of those two.
    if (caught.code === "EBADF") return;
  }
  if (!isErrno(caught, "EPIPE")) {
    // @ts-expect-error Nothing is known of it.
    void caught.code;
  }
  // @ts-expect-error A misspelled code.
  isErrno(caught, "ETIMEOUT");
  // @ts-expect-error Codes are words, not numbers.
  isErrno(caught, -110);
}

export function shape(error: DillError): void {
  const native: Error = error;
  // @ts-expect-error An error's code stays as it is.
  error.code = "EPIPE";
  // @ts-expect-error An error's number stays as it is.
  error.errno = 0;
  void native;
}
