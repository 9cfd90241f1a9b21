export { checkFolder, format, socketFolder, socketPath } from "./folder.js";
export type { End, Hello, Part, Refusal, Request } from "./messages.js";
export { openProcess } from "./open.js";
