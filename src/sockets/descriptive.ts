import type { HandleType } from "../handles/index.js";

/** What comes straight from the system, and so has a descriptor there. */
export interface Descriptive {
  /** Its number; -1 if there is none, as with a socket on a stream of Node's. */
  descriptor(): number;
}

/** The type by which fileno finds {@link Descriptive}. */
export const descriptiveType: HandleType<Descriptive> = Symbol("descriptor");
