export type { Handle, HandleMethods, HandleType, Resource } from "./handle.js";
export { hclose } from "./hclose.js";
export { hmake } from "./hmake.js";
export { hown } from "./hown.js";
export { hquery } from "./hquery.js";
export { owned, type Owned } from "./owned.js";
export { isShuttingDown, type Maker, type Owner, running } from "./owner.js";
export {
  closeHandle,
  dropHandle,
  handlesOf,
  isOpen,
  makeHandle,
  makeHandleFor,
  queryHandle,
  resourceOf,
  wrongKind,
} from "./table.js";
