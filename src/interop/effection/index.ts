export { fromEffection } from "./fromEffection.js";
export { toEffection } from "./toEffection.js";
export { useBundle } from "./useBundle.js";
export { useHandle } from "./useHandle.js";
