// What the clauses of a choose wait for that are no messages.
import { dillError, textOf } from "../errors/index.js";
import { type Handle, queryHandle } from "../handles/index.js";
import {
  AbortEvent,
  checkSignal,
  type Event,
  PromiseEvent,
  type Readable,
  readableType,
} from "../kernel/index.js";
import { BundleEnd, TaskEnd } from "../runtime/index.js";
import type { AnyClause, DeadlineClause, MessageClause, WaitClause } from "./clauses.js";

const syscall = "choose";

export function isMessage(clause: AnyClause | undefined): clause is MessageClause {
  return clause?.op === "recv" || clause?.op === "send";
}

export function isDeadline(clause: AnyClause | undefined): clause is DeadlineClause {
  return clause?.op === "deadline";
}

/** What one of the clauses waits for, which is neither a message nor a deadline. */
export function eventOf(clause: Exclude<WaitClause, DeadlineClause>, index: number): Event {
  switch (clause?.op) {
    case "join":
      return new TaskEnd(clause.h, syscall);
    case "bundleWait":
      return new BundleEnd(clause.b, syscall);
    case "until": {
      const { promise } = clause;
      if (typeof promise?.then !== "function") throw invalid(index, "needs a promise");
      return new PromiseEvent(promise);
    }
    case "abort":
      return new AbortEvent(checkSignal(clause.signal, syscall));
    case "readable":
      return readable(clause.s).whenReadable(syscall);
    default: {
      const { op }: { op?: unknown } = clause ?? {};
      throw invalid(index, `has op ${textOf(op)}, which is none of: ${known.join(", ")}`);
    }
  }
}

const known = ["send", "recv", "join", "bundleWait", "until", "abort", "readable", "deadline"];

function readable(s: Handle): Readable {
  return queryHandle(s, readableType, "a socket or a listener", syscall) as Readable;
}

/** One direction of a socket has one user. The second clause for it never comes, as the first one wins. */
export function isRepeated(clauses: readonly AnyClause[], index: number): boolean {
  const clause = clauses[index];
  if (clause?.op !== "readable") return false;
  return clauses.slice(0, index).some((other) => other.op === "readable" && +other.s === +clause.s);
}

function invalid(index: number, what: string): Error {
  return dillError("EINVAL", syscall, `clause ${index} ${what}`);
}
