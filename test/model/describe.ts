// Errors in a trace: the code, or the message; an aggregate is the list of what is in it.

export function describeError(error: unknown): string {
  const leaves = leavesOf(error);
  return leaves.length === 1 ? describeLeaf(leaves[0]) : `[${leaves.map(describeLeaf).join(", ")}]`;
}

/** The errors in an aggregate, and in those in it; each object once. */
export function leavesOf(error: unknown): unknown[] {
  const leaves: unknown[] = [];
  const visit = (e: unknown): void => {
    if (e instanceof AggregateError) e.errors.forEach(visit);
    else if (typeof e !== "object" || !leaves.includes(e)) leaves.push(e);
  };
  visit(error);
  return leaves;
}

function describeLeaf(error: unknown): string {
  if (!(error instanceof Error)) return `"${String(error)}"`;
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
