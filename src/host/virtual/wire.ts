// What the two ends of a simulated connection have in common.
import type { LinkFaults } from "./faults.js";
import type { Network, Route } from "./network.js";

export interface Wire {
  readonly network: Network;
  readonly faults: LinkFaults;
  /** Where the connection leads, with an empty address if it is a pair; and whence. */
  readonly route: Route;
  /** As of TCP, where a stream that is torn ends with a reset, and a closed peer is noticed only by its answer. */
  readonly hasResets: boolean;
}
