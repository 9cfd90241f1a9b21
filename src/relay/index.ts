export {
  type Copied,
  copyBidirectional,
  type CopyCounts,
  type CopyOptions,
} from "./copyBidirectional.js";
