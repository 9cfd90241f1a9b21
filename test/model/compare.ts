// Runs a program on both, and says where they differ.
import fc from "fast-check";
import { programs } from "./arbitrary.js";
import { describeError, leavesOf } from "./describe.js";
import { execute } from "./execute.js";
import { known } from "./interpreter/known.js";
import { runModel } from "./interpreter/runModel.js";
import { printProgram } from "./print.js";
import type { Program } from "./program.js";
import type { RunResult } from "./result.js";

/** Throws an error that shows both traces, if they differ or an invariant is broken. */
export async function compare(program: Program): Promise<void> {
  const model = linesOf(runModel(program));
  const library = linesOf(await execute(program));
  const at = library.findIndex((line, i) => line !== model[i]);
  if (at < 0 && library.length === model.length) return;
  throw new Error(`${printProgram(program)}\n\n${sideBySide(model, library, at)}`);
}

function linesOf(result: RunResult): string[] {
  const { trace, outcome, starts, ends } = result;
  const lines = [...trace, `run: ${outcomeText(outcome)}`];
  if (starts !== ends) lines.push(`${starts} coroutines have started, ${ends} have ended`);
  return lines;
}

/** In the rejection of run every error stands once: it is flat. */
function outcomeText(outcome: RunResult["outcome"]): string {
  if ("value" in outcome) return String(outcome.value);
  return leavesOf(outcome.error).length === 0 ? "[]" : describeError(outcome.error);
}

function sideBySide(model: readonly string[], library: readonly string[], at: number): string {
  const width = Math.max(...model.map(({ length }) => length), "model".length) + 2;
  const count = Math.max(model.length, library.length);
  const first = at < 0 ? Math.min(model.length, library.length) : at;
  const rows = [`  ${"model".padEnd(width)}library`];
  for (let i = 0; i < count; i++) {
    const mark = i === first ? ">" : " ";
    rows.push(`${mark} ${(model[i] ?? "").padEnd(width)}${library[i] ?? ""}`);
  }
  return rows.join("\n");
}

export interface Search {
  readonly programs: number;
  readonly seed: number;
  readonly path?: string | undefined;
}

/** Compares random programs; throws for the smallest that is found to differ. */
export async function compareMany({ programs: numRuns, seed, path }: Search): Promise<void> {
  const property = fc.asyncProperty(
    programs({ hasGrace: true, hasEndlessGrace: !known.endlessGraceHangs }),
    compare,
  );
  const details = await fc.check(property, {
    numRuns,
    seed,
    ...(path !== undefined && { path }),
  });
  if (!details.failed) return;
  const cause = details.errorInstance;
  const text =
    cause instanceof Error
      ? cause.message + (cause.message.includes("library") ? "" : `\n${cause.stack ?? ""}`)
      : String(cause);
  const example = details.counterexample?.[0];
  const program =
    example === undefined || text.includes("\n\n") ? "" : `${printProgram(example)}\n`;
  throw new Error(
    `${program}${text}\n\nreplay: npm run soak -- --seed ${seed} --path ${details.counterexamplePath ?? ""}`,
  );
}
