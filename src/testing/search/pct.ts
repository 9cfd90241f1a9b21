// Probabilistic concurrency testing (Burckhardt et al., 2010), for turns: a few deviations at places that are equally probable.
// A failure that takes few deviations is found sooner than by a random walk, however long the program is.
import type { Random } from "../random.js";
import type { Search } from "./search.js";

/** At most so many deviations. */
const depth = 3;

export function pct(random: Random): Search {
  let places = 0;
  let tried = 0;
  return {
    next() {
      tried += 1;
      if (tried === 1) return () => 0;
      const count = 1 + Math.floor(random() * depth);
      const chosen = new Set(Array.from({ length: count }, () => Math.floor(random() * places)));
      return (_kind, ways, place) =>
        chosen.has(place) ? 1 + Math.floor(random() * (ways - 1)) : 0;
    },
    done(choices) {
      places = Math.max(places, choices.count);
    },
  };
}
