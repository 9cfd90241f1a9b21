// What a run of a program has shown.

export interface RunResult {
  readonly trace: readonly string[];
  readonly outcome: { readonly value: unknown } | { readonly error: unknown };
  readonly starts: number;
  readonly ends: number;
}
