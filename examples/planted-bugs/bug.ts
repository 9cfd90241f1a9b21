import type { Body, ExploreOptions } from "libdill-ts/testing";

/** A program with a bug, and the same program without. */
export interface Bug {
  readonly name: string;
  /** The broken program as a usual test runs it. */
  readonly tested: Body<void>;
  /** The broken program. Each fails by throwing, or by waiting for ever. */
  readonly broken: Body<void>;
  readonly mended: Body<void>;
  /** Where explore() is to look. */
  readonly options: ExploreOptions;
}
