// How a search goes on: which schedule is tried next.
import type { ChoiceMaker, Decide } from "../choiceMaker.js";

/** What a search learns from a run. */
export type Course = Pick<ChoiceMaker, "ways" | "count">;

export interface Search {
  /** Decides the choices of the next schedule; undefined: all have been tried. */
  next(): Decide | undefined;
  /** The schedule has been run, and nothing has failed. */
  done(course: Course): void;
}
