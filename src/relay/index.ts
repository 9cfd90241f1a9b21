export { type Copied, copyBidirectional, type CopyOptions } from "./copyBidirectional.js";
