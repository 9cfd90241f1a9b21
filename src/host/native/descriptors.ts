// What the host can do with descriptors: made when it is first used, and behind a door of its own: programs without it do not load
// it.
import type { Descriptors } from "./native.js";
import { makeDescriptors } from "../node/nodeDescriptors.js";

let made: Descriptors | undefined;

export function descriptors(): Descriptors {
  made ??= makeDescriptors();
  return made;
}
