export { descriptors } from "./descriptors.js";
export type { Arrival, Readiness, Watch } from "./native.js";
