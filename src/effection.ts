// The bridges to Effection, both ways. Apart from index.ts, because this door loads Effection.
export { fromEffection, toEffection, useBundle, useHandle } from "./interop/effection/index.js";
