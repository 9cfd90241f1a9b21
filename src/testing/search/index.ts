export { bounded } from "./bounded.js";
export { pct } from "./pct.js";
export { randomWalk } from "./random.js";
export { replay } from "./replay.js";
export type { Search } from "./search.js";
