import { dillError, inspectSafely, textOf } from "../errors/index.js";
import type { Handle } from "../handles/index.js";
import {
  type Alternative,
  Alternatives,
  type Chosen,
  EventAlternative,
  failed,
  handleRejection,
  type Interruption,
  isFromInside,
  isPast,
  isRunning,
  mayBegin,
  type Operation,
  readDeadline,
  type Step,
  type Task,
  WaitAny,
  type WaitsFor,
} from "../kernel/index.js";
import { channelPlace, halfOf } from "./channel.js";
import { ClauseParty, meet } from "./clauseParty.js";
import type { AnyClause, CheckedClauses, ChooseResult } from "./clauses.js";
import { eventOf, isDeadline, isMessage, isRepeated } from "./eventOf.js";

/**
 * Carries out one of several sends and receives, or waits for one of several other things: the first in the
 * list that can be done, or has come.
 *
 * If there is none at once it waits; then the first that becomes possible wins. The others have not
 * happened: no message has moved, no error has been taken, nothing is left behind in what was waited for.
 *
 * @param clauses - What may be done. Messages: `{ op: "send", ch, value }`, `{ op: "recv", ch }`. Ends:
 * `{ op: "join", h }` of a coroutine, `{ op: "bundleWait", b }` of all in a bundle. From outside:
 * `{ op: "readable", s }`, a socket or a listener; `{ op: "until", promise }`; `{ op: "abort", signal }`.
 * `{ op: "deadline", deadline }`. With an empty list it waits for its own deadline.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @returns The clause's `index`, and either its `value` or its `error`: `EPIPE` of a channel, what escaped a
 * coroutine, what a promise was rejected with. `value` is what was received, a coroutine's or a promise's value,
 * a signal's reason, and otherwise `undefined`.
 * @throws {@link DillError}
 * - `EBADF`: a clause's handle is not open, or, if it is not a channel, was closed meanwhile. Unlike libdill, which
 *   returns this with the index.
 * - `EBUSY`: another coroutine is receiving on a socket, or accepting, that a clause wants to be readable.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: a deadline is none, or a clause is none of these.
 * - `ENOTSUP`: a clause's handle is of the wrong kind.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: none of the clauses has happened.
 *
 * Whether a promise has settled can't be seen: one that nobody has waited for yet counts as pending until the
 * running code has ended, also under deadline 0. To wait for it is to handle its rejection.
 * @example Whichever comes first
 * ```ts
 * const result = yield* choose([{ op: "recv", ch: jobs }, { op: "recv", ch: quit }], -1);
 * if (result.index === 0 && result.error === undefined) work(result.value);
 * ```
 * @see choose(3), https://libdill.org/choose.html
 */
export function choose<const C extends readonly AnyClause[]>(
  clauses: CheckedClauses<C>,
  deadline: number,
): Operation<ChooseResult<C>>;
export function choose(clauses: readonly AnyClause[], deadline: number): Operation<unknown> {
  return new Choose(clauses, deadline);
}

/** How many clauses reports are told of. The list is the program's, who may have changed it since. */
const mostTold = 1000;

class Choose extends WaitAny {
  private readonly clauses: readonly AnyClause[];
  private readonly deadline: number;
  /** The clause among the deadlines that comes first, if it comes before the deadline of the whole. */
  private moment = -1;

  constructor(clauses: readonly AnyClause[], deadline: number) {
    super();
    this.clauses = clauses;
    this.deadline = deadline;
  }

  get syscall(): string {
    return "choose";
  }

  // The shared one once more, as in rendezvous.ts (bench: choose).
  override next(_sent?: unknown): Step<Chosen> {
    const { task } = this;
    const step =
      task !== null
        ? this.goOn(task)
        : arguments.length > 0 && mayBegin()
          ? this.begin()
          : this.beginUnusually(arguments.length);
    for (let look = 0; look < 2; look++) if (step !== failed) return step;
    throw this.errorOf(this.interruption as Interruption);
  }

  protected override goOn(task: Task): Step<Chosen> {
    const isUsual = this.interruption === null && isRunning(task);
    return isUsual ? this.resume() : super.goOn(task);
  }

  protected begin(): Step<Chosen> {
    const { clauses } = this;
    if (!Array.isArray(clauses)) {
      throw dillError("EINVAL", this.syscall, "choose takes a list of clauses");
    }
    try {
      const step = this.chooseFrom(clauses);
      if (step === failed) this.handleRejections();
      return step;
    } catch (error) {
      this.handleRejections();
      throw error;
    }
  }

  private chooseFrom(clauses: readonly AnyClause[]): Step<Chosen> {
    this.checkCanceled();
    const ownDeadline = readDeadline(this.deadline, this.syscall);
    let deadline = ownDeadline;
    const alternatives = new Alternatives();
    for (let index = 0; index < clauses.length; index++) {
      const clause = clauses[index] as AnyClause;
      const isSender = clause?.op === "send";
      if (isSender || clause?.op === "recv") {
        const message = isSender ? clause.value : undefined;
        const half = halfOf(clause.ch, this.syscall);
        const mailbox = isSender ? half.peer : half;
        const outcome = meet(mailbox, isSender, message, index);
        if (outcome !== null) return this.choseNow(outcome);
        alternatives.add(new ClauseParty(this, index, isSender, message, mailbox));
      } else if (isDeadline(clause)) {
        const moment = readDeadline(clause.deadline, this.syscall);
        if (isPast(moment)) return this.choseNow({ index });
        if (moment < deadline) {
          deadline = moment;
          this.moment = index;
        }
      } else if (!isRepeated(clauses, index)) {
        const alternative = new EventAlternative(this, index, eventOf(clause, index));
        if (alternative.isReady()) return this.choseNow(alternative.outcome());
        alternatives.add(alternative);
      }
    }
    const { first } = alternatives;
    if (isPast(ownDeadline) && comeFromInside(first)) return this.failWith("ETIMEDOUT");
    return this.waitForAny(first, deadline);
  }

  protected override handleRejections(from = 0): void {
    const { clauses } = this;
    inspectSafely(() => {
      for (let i = from; i < clauses.length; i++) {
        const clause = clauses[i];
        if (clause?.op === "until") handleRejection(clause.promise);
      }
    }, undefined);
  }

  /** The clauses behind that one have not been looked at. */
  private choseNow(outcome: Chosen): Step<Chosen> {
    if (outcome.index + 1 < this.clauses.length) this.handleRejections(outcome.index + 1);
    return this.complete(outcome);
  }

  protected override interrupted(why: Interruption): Step<Chosen> | null {
    return why === "ETIMEDOUT" && this.moment >= 0 ? this.complete({ index: this.moment }) : null;
  }

  override outcome(): string | WaitsFor | undefined {
    return this.value === undefined
      ? super.outcome()
      : waitsForClause(this.clauses[this.value.index]);
  }

  protected copy(): Choose {
    return new Choose(this.clauses, this.deadline);
  }

  override waitsFor(): WaitsFor {
    const length = Math.min(this.clauses.length, mostTold);
    const clauses = Array.from({ length }, (_, i) => waitsForClause(this.clauses[i]));
    return { what: this.syscall, clauses };
  }
}

/** What does not gets a last look at the outside under any deadline: see scheduler.ts. */
function comeFromInside(first: Alternative | null): boolean {
  for (let each = first; each !== null; each = each.further) {
    if (each.event !== null && !isFromInside(each.event.source)) return false;
  }
  return true;
}

/** The clause is the user's, who may have changed it since: to anything. */
function waitsForClause(clause: AnyClause | undefined): WaitsFor {
  const what = inspectSafely(() => textOf(clause?.op), "a clause");
  const handle = inspectSafely(() => handleOf(clause), NaN);
  if (!Number.isSafeInteger(handle)) return { what };
  return { what, handle, isOrphan: channelPlace(handle as Handle)?.isOrphan };
}

/** NaN, if the clause has none. */
function handleOf(clause: AnyClause | undefined): number {
  if (isMessage(clause)) return Number(clause.ch);
  if (clause?.op === "bundleWait") return Number(clause.b);
  if (clause?.op === "readable") return Number(clause.s);
  return clause?.op === "join" ? Number(clause.h) : NaN;
}
