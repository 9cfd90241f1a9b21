export { Heap, type HeapMember } from "./heap.js";
export { type Linked, List } from "./list.js";
export { Ring } from "./ring.js";
