export { DillError, dillError, type ErrorDetails, signalError } from "./dillError.js";
export { type ErrnoCode, isErrnoCode } from "./errno.js";
export { isErrno } from "./isErrno.js";
