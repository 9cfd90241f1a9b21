export { type CoroutineSnapshot, Survey, type WaitSnapshot } from "./coroutines.js";
export { familyOf } from "./family.js";
export { named, shareName } from "./named.js";
export { durationText, labelOf, treeOf } from "./tree.js";
