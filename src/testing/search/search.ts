// How a search goes on: which schedule is tried next.
import type { ChoiceMaker, Decide } from "../choiceMaker.js";

export interface Search {
  /** Decides the choices of the next schedule; undefined: all have been tried. */
  next(): Decide | undefined;
  /** The schedule has been run, and nothing has failed. */
  done(choices: ChoiceMaker): void;
}
