// The tables of what growth.ts measures: ours alone, under more and more of something.
import { mean } from "simple-statistics";
import { programNamed } from "./programs.js";
import type { Outcome, Score } from "./race.js";
import { renderAmount, renderRows, renderTable } from "./report.js";

/** A row for each program, a column for each size. */
export function renderGrowth(outcomes: readonly Outcome[]): string {
  const some = outcomes.filter(({ quantity }) => quantity === "time");
  const sizes = [...new Set(some.map(({ n }) => n))].toSorted((a, b) => a - b);
  const rows = [...new Set(some.map(({ program }) => program))].map((name) => {
    const { title, unit } = programNamed(name);
    const cells = sizes.map((size) => {
      const outcome = some.find(({ program, n }) => program === name && n === size);
      return outcome === undefined ? "" : renderMedian(outcome);
    });
    return [title, unit, ...cells];
  });
  return renderRows([["", "per", ...sizes.map(groupDigits)], ...rows], 2);
}

export function renderWeights(outcomes: readonly Outcome[]): string {
  const rows = outcomes
    .filter(({ quantity }) => quantity === "heap")
    .map((outcome) => [programNamed(outcome.program).title, renderMedian(outcome)]);
  return renderRows([["what", "heap"], ...rows], 1);
}

/** One process of ours beside others: the ratio is to the first. */
export function renderVariants(outcomes: readonly Outcome[]): string {
  const some = outcomes.filter(({ quantity }) => quantity === "time");
  return renderTable(some, variantsOf(some), false);
}

/** The share of the time that went into collecting garbage. */
export function renderCollecting(outcomes: readonly Outcome[]): string {
  const variants = variantsOf(outcomes);
  const rows = outcomes
    .filter(({ quantity }) => quantity === "collecting")
    .map(({ program, scores }) => {
      const times = outcomes.find((each) => each.program === program && each.quantity === "time");
      const cells = scores.map((score, i) => {
        const whole = times?.scores[i];
        return whole === undefined ? "" : `${((meanOf(score) / meanOf(whole)) * 100).toFixed(1)} %`;
      });
      return [program, ...cells];
    });
  return renderRows([["program", ...variants], ...rows], 1);
}

export function groupDigits(n: number): string {
  return n.toLocaleString("en");
}

function variantsOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes[0]?.scores.map(({ peer }) => peer) ?? [];
}

function renderMedian({ program, scores }: Outcome): string {
  return renderAmount(programNamed(program), scores[0]?.median ?? Number.NaN);
}

/** Not the median: a round may well do without a collection. */
function meanOf({ rounds }: Score): number {
  return mean([...rounds]);
}
