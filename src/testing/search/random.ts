// Random walks: each choice by chance.
import type { Decide } from "../choiceMaker.js";
import type { Random } from "../random.js";
import type { Search } from "./search.js";

/** `turnEnds`: how probable it is that a turn ends where it could. The first schedule is as in production. */
export function randomWalk(random: Random, turnEnds: number): Search {
  let tried = 0;
  const decide: Decide = (kind, ways, _place, odds) => {
    if (random() >= (kind === "turn" ? turnEnds : odds)) return 0;
    return 1 + Math.floor(random() * (ways - 1));
  };
  return {
    next: () => (tried++ === 0 ? () => 0 : decide),
    done() {},
  };
}
