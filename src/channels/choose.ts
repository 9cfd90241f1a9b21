import { type DillError, dillError, signalError } from "../errors/index.js";
import {
  BlockingOperation,
  isPast,
  type Operation,
  readDeadline,
  type Step,
  wake,
} from "../runtime/index.js";
import { type Channel, halfOf, type Mailbox, type Party } from "./channel.js";

/** Send `value` through `ch`. */
export interface SendClause<S = never> {
  readonly op: "send";
  readonly ch: Channel<S, unknown>;
  readonly value: S;
}

/** Receive from `ch`. */
export interface ReceiveClause<R = unknown> {
  readonly op: "recv";
  readonly ch: Channel<never, R>;
}

/**
 * One of the things {@link choose} may do. Where a list is put together step by step, say what may be in
 * it: `ChooseClause<number>[]`.
 */
export type ChooseClause<S = never, R = unknown> = SendClause<S> | ReceiveClause<R>;

/** A clause before anybody has checked that its value fits its channel. */
type AnyClause =
  | ReceiveClause
  | { readonly op: "send"; readonly ch: Channel<never, unknown>; readonly value: unknown };

/** A clause whose value fits its channel. */
type CheckedClause<C> = C extends {
  readonly op: "send";
  readonly ch: Channel<infer S, infer _R>;
}
  ? { readonly op: "send"; readonly ch: C["ch"]; readonly value: S }
  : C;

type ValueOf<C> = C extends { readonly op: "recv"; readonly ch: Channel<infer _S, infer R> }
  ? R
  : undefined;

type ResultAt<I extends number, C> =
  | { readonly index: I; readonly value: ValueOf<C>; readonly error?: undefined }
  | { readonly index: I; readonly value?: undefined; readonly error: DillError };

/** Which clause of the list was carried out, and what came of it. */
export type ChooseResult<C extends readonly AnyClause[]> = number extends C["length"]
  ? ResultAt<number, C[number]>
  : {
      [K in keyof C]: K extends `${infer I extends number}` ? ResultAt<I, C[K]> : never;
    }[number];

/**
 * Carries out one of several sends and receives: the first in the list that can be.
 *
 * If none can be carried out at once it waits; then the first that becomes possible wins. The others
 * have not happened.
 *
 * @param clauses - What may be done: `{ op: "send", ch, value }` or `{ op: "recv", ch }`. With an empty
 * list it waits for its deadline.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` don't wait.
 * @returns The clause's `index`, and either `value`, what it received, or `error`, its `EPIPE`.
 * @throws {@link DillError}
 * - `EBADF`: a clause's handle is not open. Unlike libdill, which returns this with the index.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none, or a clause is neither a send nor a receive.
 * - `ENOTSUP`: a clause's handle is not a channel.
 * - `ETIMEDOUT`: the deadline came first.
 * @remarks Cancellation: none of the clauses has happened.
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
  readonly error?: DillError;
}

class Choose extends BlockingOperation<Chosen> {
  readonly syscall = "choose";
  private readonly clauses: readonly AnyClause[];
  private readonly deadline: number;
  private parties: ClauseParty[] | null = null;
  private chosen: Chosen | null = null;

  constructor(clauses: readonly AnyClause[], deadline: number) {
    super();
    this.clauses = clauses;
    this.deadline = deadline;
  }

  protected begin(): Step<Chosen> {
    this.checkCanceled();
    const deadline = readDeadline(this.deadline, this.syscall);
    const { clauses } = this;
    if (!Array.isArray(clauses)) throw invalid("choose takes a list of clauses");
    const parties = new Array<ClauseParty>(clauses.length); // a growing one takes room for 17 (bench: choose)
    for (let index = 0; index < clauses.length; index++) {
      const clause = clauses[index] as AnyClause;
      const mailbox = mailboxOf(clause, index);
      if (mailbox.isDone) return this.complete(broken(index));
      const isSender = clause.op === "send";
      const message = isSender ? clause.value : undefined;
      const other = mailbox.take(!isSender);
      if (other !== null) {
        const value = isSender ? undefined : other.value;
        if (isSender) other.value = message;
        other.met(false);
        return this.complete({ index, value });
      }
      parties[index] = new ClauseParty(isSender, message, mailbox, this, index);
    }
    if (isPast(deadline)) throw this.errorOf("ETIMEDOUT");
    const task = this.waiter();
    this.parties = parties;
    for (const party of parties) party.mailbox.add(party);
    return this.suspend(task, deadline);
  }

  protected resume(): Step<Chosen> {
    return this.complete(this.chosen as Chosen);
  }

  /** A clause's party met somebody, or never will: the other clauses are off. */
  chose(party: ClauseParty, isBroken: boolean): void {
    this.withdraw(party);
    const { index, isSender, value } = party;
    if (isBroken) this.chosen = broken(index);
    else this.chosen = { index, value: isSender ? undefined : value };
    if (this.task !== null) wake(this.task);
  }

  undo(): void {
    this.withdraw(null);
  }

  private withdraw(except: ClauseParty | null): void {
    if (this.parties === null) return;
    for (const party of this.parties) if (party !== except) party.mailbox.remove(party);
    this.parties = null;
  }

  protected copy(): Choose {
    return new Choose(this.clauses, this.deadline);
  }

  describe(): string {
    return `choose(${this.clauses.map(({ op, ch }) => `${op} ${ch}`).join(", ")})`;
  }
}

class ClauseParty implements Party {
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

  met(isBroken: boolean): void {
    this.choice.chose(this, isBroken);
  }
}

function mailboxOf(clause: AnyClause, index: number): Mailbox {
  const { op, ch }: Partial<AnyClause> = clause ?? {};
  if (op !== "send" && op !== "recv") {
    throw invalid(`clause ${index} has op ${String(op)}, it must be "send" or "recv"`);
  }
  const half = halfOf(ch, "choose");
  return op === "send" ? half.peer.mailbox : half.mailbox;
}

function broken(index: number): Chosen {
  return { index, error: signalError("EPIPE", "choose") };
}

function invalid(message: string): DillError {
  return dillError("EINVAL", "choose", { message });
}
