// What the copies of the package in this process offer: found on the global object, so that nothing of them has to be loaded.
import type { Snapshot, SnapshotOptions } from "../runtime/index.js";
import type { Survey } from "../snapshot/index.js";
import { format } from "./folder.js";

interface Offer {
  readonly format: number;
  snapshot(options?: SnapshotOptions): Snapshot;
  dump(): string;
  survey(): Survey;
}

/** Those that speak this form; another copy may be older, or newer. */
export function offers(): readonly Offer[] {
  const place = globalThis as { [offersKey]?: readonly Offer[] };
  return (place[offersKey] ?? []).filter((offer) => offer.format === format);
}

const offersKey: unique symbol = Symbol.for("libdill-ts");
