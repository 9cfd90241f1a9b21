// The host's codecs, made when they are first used. They have a door of their own, so that they are in the bundles of no door
// but those that use them.
import { makeCodecs } from "../node/nodeCodecs.js";
import type { Codecs } from "./codecs.js";

let made: Codecs | undefined;

export function codecs(): Codecs {
  made ??= makeCodecs();
  return made;
}
