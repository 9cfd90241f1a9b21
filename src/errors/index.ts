export { combine, listed } from "./combine.js";
export {
  DillError,
  dillError,
  type ErrorDetails,
  nativeError,
  retold,
  signalError,
  toldHere,
} from "./dillError.js";
export { type ErrnoCode, isErrnoCode } from "./errno.js";
export { type Frame, framesAmong, isProgramFrame, placeText } from "./frames.js";
export { inspectSafely, shortened, textOf } from "./inspectSafely.js";
export { type ErrnoError, isErrno } from "./isErrno.js";
export { Options } from "./options.js";
export { printable } from "./printable.js";
export { reviveError } from "./reviveError.js";
export {
  extendStack,
  houseFile,
  userStack,
  wantsStacks,
  wantStacks,
  withLongStack,
  withStackLimit,
} from "./stacks.js";
