// Who makes the choices of one schedule, and what became of them.
import type { Choices, ChoiceKind } from "../host/virtual/index.js";
import type { Random } from "./random.js";
import type { Deviation } from "./schedule.js";

/** Decides one choice. `place`: how many there were before. */
export type Decide = (kind: ChoiceKind, ways: number, place: number, odds: number) => number;

export class ChoiceMaker implements Choices {
  /** What went otherwise than in production. */
  readonly deviations: Deviation[] = [];
  /** How many ways each choice had. */
  readonly ways: number[] = [];
  /** A number from 0 up to 1: for what is no choice, as the library's own jitter. */
  readonly random: Random;
  private readonly decide: Decide;
  private readonly isRecorded: boolean;
  private readonly onDeviation: (deviation: Deviation) => void;
  private place = 0;

  constructor(
    decide: Decide,
    random: Random,
    isRecorded = true,
    onDeviation: (deviation: Deviation) => void = () => {},
  ) {
    this.decide = decide;
    this.random = random;
    this.isRecorded = isRecorded;
    this.onDeviation = onDeviation;
  }

  /** How many choices there have been. */
  get count(): number {
    return this.place;
  }

  choose(kind: ChoiceKind, ways: number, odds: number = 1 - 1 / ways): number {
    const { place } = this;
    this.place += 1;
    if (this.isRecorded) this.ways.push(ways);
    const way = this.decide(kind, ways, place, odds);
    if (way !== 0 && this.isRecorded) {
      const deviation = { place, kind, way };
      this.deviations.push(deviation);
      this.onDeviation(deviation);
    }
    return way;
  }
}
