// What the host can do with descriptors: made when it is first used, and apart from the host as its sockets are.
import type { Descriptors } from "./native.js";
import { makeDescriptors } from "./node/nodeDescriptors.js";

let made: Descriptors | undefined;

export function descriptors(): Descriptors {
  made ??= makeDescriptors();
  return made;
}
