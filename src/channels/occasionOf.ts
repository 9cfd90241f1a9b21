// What the clauses of a choose wait for that are no messages.
import { dillError } from "../errors/index.js";
import { type Handle, queryHandle } from "../handles/index.js";
import {
  Abortion,
  BundleEnd,
  CoroutineEnd,
  type Occasion,
  type Readable,
  readableType,
  Settling,
} from "../runtime/index.js";
import type { AnyClause, DeadlineClause, WaitClause } from "./clauses.js";

const syscall = "choose";

/** What one of the clauses waits for, which is neither a message nor a deadline. */
export function occasionOf(
  clause: Exclude<WaitClause, DeadlineClause>,
  clauses: readonly AnyClause[],
  index: number,
): Occasion {
  switch (clause?.op) {
    case "join":
      return new CoroutineEnd(clause.h, syscall);
    case "bundleWait":
      return new BundleEnd(clause.b, syscall);
    case "until":
      if (typeof clause.promise?.then !== "function") throw invalid(index, "needs a promise");
      return new Settling(clause.promise);
    case "abort":
      if (typeof clause.signal?.aborted !== "boolean") throw invalid(index, "needs an AbortSignal");
      return new Abortion(clause.signal);
    case "readable":
      if (isRepeated(clauses, clause.s, index)) throw invalid(index, "repeats an earlier one");
      return readable(clause.s).whenReadable(syscall);
    default: {
      const { op }: { op?: unknown } = clause ?? {};
      throw invalid(index, `has op ${String(op)}, which is none of: ${known.join(", ")}`);
    }
  }
}

const known = ["send", "recv", "join", "bundleWait", "until", "abort", "readable", "deadline"];

function readable(s: Handle): Readable {
  return queryHandle(s, readableType, "a socket or a listener", syscall) as Readable;
}

/** One direction has one user: a clause can't share it with another. */
function isRepeated(clauses: readonly AnyClause[], s: Handle, index: number): boolean {
  return clauses.slice(0, index).some((other) => other.op === "readable" && +other.s === +s);
}

function invalid(index: number, what: string): Error {
  return dillError("EINVAL", syscall, { message: `clause ${index} ${what}` });
}
