export { DillError, dillError, type ErrorDetails, nativeError, signalError } from "./dillError.js";
export { type ErrnoCode, isErrnoCode } from "./errno.js";
export { isErrno } from "./isErrno.js";
export { reviveError } from "./reviveError.js";
export { extendStack, wantsStacks, withLongStack } from "./stacks.js";
