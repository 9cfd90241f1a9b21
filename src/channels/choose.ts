import { type DillError, dillError, signalError } from "../errors/index.js";
import {
  BlockingOperation,
  interrupt,
  type Interruption,
  isPast,
  type Occasion,
  type OccasionWatcher,
  type Operation,
  readDeadline,
  type Step,
  wake,
} from "../runtime/index.js";
import { halfOf, type Mailbox, type Party } from "./channel.js";
import type {
  AnyClause,
  CheckedClause,
  ChooseResult,
  DeadlineClause,
  MessageClause,
} from "./clauses.js";
import { occasionOf } from "./occasionOf.js";

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
  clauses: C & { readonly [K in keyof C]: CheckedClause<C[K]> },
  deadline: number,
): Operation<ChooseResult<C>> {
  return new Choose(clauses, deadline) as Operation<unknown> as Operation<ChooseResult<C>>;
}

interface Chosen {
  readonly index: number;
  readonly value?: unknown;
  readonly error?: unknown;
}

/** A clause that waits. */
interface Alternative {
  readonly index: number;
  register(): void;
  /** Not for the one that was chosen: that has left what it waited in. */
  withdraw(): void;
}

class Choose extends BlockingOperation<Chosen> {
  readonly syscall = "choose";
  private readonly clauses: readonly AnyClause[];
  private readonly deadline: number;
  private alternatives: Alternative[] | null = null;
  private chosen: Chosen | null = null;
  private awaited: Awaited | null = null;
  /** Where the message came from that was chosen. */
  private source: Mailbox | null = null;
  /** The clause among the deadlines that comes first, if it comes before the deadline of the whole. */
  private moment = -1;

  constructor(clauses: readonly AnyClause[], deadline: number) {
    super();
    this.clauses = clauses;
    this.deadline = deadline;
  }

  protected begin(): Step<Chosen> {
    this.checkCanceled();
    const ownDeadline = readDeadline(this.deadline, this.syscall);
    let deadline = ownDeadline;
    let isExternal = false;
    const { clauses } = this;
    if (!Array.isArray(clauses)) throw invalid("choose takes a list of clauses");
    const alternatives = new Array<Alternative>(clauses.length); // a growing one takes room for 17 (bench: choose)
    for (let index = 0; index < clauses.length; index++) {
      const clause = clauses[index] as AnyClause;
      if (isMessage(clause)) {
        const mailbox = mailboxOf(clause);
        const isSender = clause.op === "send";
        if (mailbox.isEnd(isSender)) return this.complete(broken(index));
        const message = isSender ? clause.value : undefined;
        const other = mailbox.take(!isSender);
        if (other !== null) {
          const value = isSender ? undefined : other.value;
          if (isSender) other.value = message;
          other.met(false);
          return this.complete({ index, value });
        }
        alternatives[index] = new ClauseParty(isSender, message, mailbox, this, index);
      } else if (isMoment(clause)) {
        const moment = readDeadline(clause.deadline, this.syscall);
        if (isPast(moment)) return this.complete({ index });
        if (moment < deadline) {
          deadline = moment;
          this.moment = index;
        }
        alternatives[index] = nothingToWatch;
      } else {
        const occasion = occasionOf(clause, clauses, index);
        if (occasion.hasCome()) return this.complete(outcomeOf(occasion, index));
        isExternal ||= occasion.isExternal;
        alternatives[index] = new Awaited(occasion, this, index);
      }
    }
    if (isPast(ownDeadline)) throw this.errorOf("ETIMEDOUT");
    const task = this.waiter();
    this.alternatives = alternatives;
    for (const alternative of alternatives) alternative.register();
    return isExternal ? this.suspendExternal(task, deadline) : this.suspend(task, deadline);
  }

  protected resume(): Step<Chosen> {
    const { awaited } = this;
    if (awaited !== null) return this.complete(outcomeOf(awaited.occasion, awaited.index));
    return this.complete(this.chosen as Chosen);
  }

  protected override interrupted(why: Interruption): Step<Chosen> | null {
    return why === "ETIMEDOUT" && this.moment >= 0 ? this.complete({ index: this.moment }) : null;
  }

  /** A clause's party met somebody, or never will: the other clauses are off. */
  chose(party: ClauseParty, isBroken: boolean): void {
    this.withdraw(party);
    const { index, isSender, value } = party;
    if (isBroken) this.chosen = broken(index);
    else this.chosen = { index, value: isSender ? undefined : value };
    if (!isBroken && !isSender) this.source = party.mailbox;
    if (this.task !== null) wake(this.task);
  }

  /** What a clause waits for has come. The coroutine takes it when it goes on. */
  came(alternative: Awaited): void {
    this.withdraw(alternative);
    this.awaited = alternative;
    if (this.task !== null) wake(this.task);
  }

  /** A handle that a clause waits for has been closed. */
  abandon(): void {
    if (this.task !== null) interrupt(this.task, "EBADF");
  }

  undo(): void {
    this.withdraw(null);
  }

  override giveBack(): void {
    this.source?.giveBack(this.chosen?.value);
  }

  private withdraw(except: Alternative | null): void {
    if (this.alternatives === null) return;
    for (const alternative of this.alternatives) if (alternative !== except) alternative.withdraw();
    this.alternatives = null;
  }

  protected copy(): Choose {
    return new Choose(this.clauses, this.deadline);
  }

  describe(): string {
    return `choose(${this.clauses.map(describeClause).join(", ")})`;
  }
}

function isMessage(clause: AnyClause | undefined): clause is MessageClause {
  return clause?.op === "recv" || clause?.op === "send";
}

function isMoment(clause: AnyClause | undefined): clause is DeadlineClause {
  return clause?.op === "deadline";
}

function describeClause(clause: AnyClause): string {
  return isMessage(clause) ? `${clause.op} ${clause.ch}` : clause.op;
}

/** A deadline is watched by the scheduler. */
const nothingToWatch: Alternative = { index: -1, register() {}, withdraw() {} };

/** A clause that waits for something besides a message. */
class Awaited implements Alternative, OccasionWatcher {
  readonly occasion: Occasion;
  readonly index: number;
  readonly #choice: Choose;

  constructor(occasion: Occasion, choice: Choose, index: number) {
    this.occasion = occasion;
    this.#choice = choice;
    this.index = index;
  }

  register(): void {
    this.occasion.watch(this);
  }

  withdraw(): void {
    this.occasion.unwatch();
  }

  came(): void {
    this.#choice.came(this);
  }

  closed(): void {
    this.#choice.abandon();
  }
}

function outcomeOf(occasion: Occasion, index: number): Chosen {
  try {
    return { index, value: occasion.take() };
  } catch (error) {
    return { index, error };
  }
}

class ClauseParty implements Alternative, Party {
  before: Party | null = null;
  after: Party | null = null;
  value: unknown;
  readonly isSender: boolean;
  readonly mailbox: Mailbox;
  readonly index: number;
  private readonly choice: Choose;

  constructor(isSender: boolean, value: unknown, mailbox: Mailbox, choice: Choose, index: number) {
    this.value = value;
    this.isSender = isSender;
    this.mailbox = mailbox;
    this.index = index;
    this.choice = choice;
  }

  register(): void {
    this.mailbox.add(this);
  }

  withdraw(): void {
    this.mailbox.remove(this);
  }

  met(isBroken: boolean): void {
    this.choice.chose(this, isBroken);
  }
}

function mailboxOf({ op, ch }: MessageClause): Mailbox {
  const half = halfOf(ch, "choose");
  return op === "send" ? half.peer.mailbox : half.mailbox;
}

function broken(index: number): Chosen {
  return { index, error: signalError("EPIPE", "choose") };
}

function invalid(message: string): DillError {
  return dillError("EINVAL", "choose", { message });
}
