// How long a run takes: the longer, the more exact.
import { Option } from "commander";

export type RunSize = "full" | "medium" | "quick";

export interface SizeFlags {
  readonly quick: boolean;
  readonly medium: boolean;
}

/** What a command line says, beside nothing for a full run; each size may imply other options. */
export function sizeOptions(
  about: Readonly<Record<keyof SizeFlags, string>>,
  implied: Readonly<Partial<Record<keyof SizeFlags, Readonly<Record<string, string>>>>> = {},
): [Option, Option] {
  return [
    new Option("--medium", about.medium).default(false).implies(implied.medium ?? {}),
    new Option("--quick", about.quick)
      .default(false)
      .implies(implied.quick ?? {})
      .conflicts("medium"),
  ];
}

export function sizeOf({ quick, medium }: SizeFlags): RunSize {
  if (quick) return "quick";
  return medium ? "medium" : "full";
}
