export { filesOfCopies, importOne, isSecondCopy, lastNumber, ofAnotherCopy } from "./copies.js";
export type { Handle, HandleMethods, HandleType, Resource } from "./handle.js";
export { hclose } from "./hclose.js";
export { hmake } from "./hmake.js";
export { hown, takeOver } from "./hown.js";
export { hquery } from "./hquery.js";
export { owned, type Owned } from "./owned.js";
export { current, isShuttingDown, type Owner, type Running, shutDownError } from "./current.js";
export {
  closeHandle,
  closingError,
  dropHandle,
  handlesOf,
  isClosing,
  isOpen,
  listHandles,
  makeHandle,
  makeHandleFor,
  numberFor,
  openHandles,
  ownerOf,
  queryHandle,
  resourceOf,
  wrongKind,
} from "./table.js";
