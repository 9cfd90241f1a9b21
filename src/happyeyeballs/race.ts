// The race of RFC 8305: which of a name's addresses answers first. The network is an argument, because the rules are about
// moments, and tests have moments of their own.
//
//   both families are asked at once ──▶ addresses, of the two families by turns ──▶ attempts, each a pause after the last
//                                                                               └──▶ the first one that connects wins
import { choose, type DeadlineClause, type JoinClause } from "../channels/index.js";
import { DillError, dillError, isErrno, signalError } from "../errors/index.js";
import { type Handle, hclose } from "../handles/index.js";
import type { Ipaddr } from "../ipaddr/index.js";
import { type Coroutine, isPast, type Operation, type Steps } from "../kernel/index.js";
import { bundle, bundleGo, type BundleTask, now } from "../runtime/index.js";

type Family = Ipaddr["family"];

/** Where the race takes place. All that it does gives up by itself when the deadline comes. */
export interface Network<S> {
  lookUp(family: Family): Operation<readonly Ipaddr[]>;
  connect(addr: Ipaddr): Operation<S>;
}

export interface Goal {
  readonly name: string;
  /** Infinity: none. */
  readonly deadline: number;
  readonly syscall: string;
}

/** How long IPv4 addresses wait for the answer with those of IPv6, in milliseconds. */
const resolutionDelay = 50;
/** How long an attempt has before the next one begins beside it, in milliseconds. */
const attemptDelay = 250;

/** What has come of a question, or of the attempt with that number. */
type Outcome<S> =
  | { readonly family: Family; readonly found: readonly Ipaddr[] }
  | { readonly number: number; readonly error: unknown }
  | { readonly socket: S };

/** Runs the race. Of the sockets that it has made only the winner is open at its end. */
export function* race<S extends Handle>(network: Network<S>, goal: Goal): Steps<S> {
  const course = new Course(network, goal);
  try {
    return yield* course.run();
  } finally {
    course.end();
  }
}

class Course<S extends Handle> {
  private readonly network: Network<S>;
  private readonly goal: Goal;
  private readonly runners = bundle();
  /** Questions and attempts that have not come to their end. */
  private readonly running: BundleTask<Outcome<S>>[] = [];
  private readonly asked = new Set<Family>();
  private readonly found: Readonly<Record<Family, Ipaddr[]>> = { ipv6: [], ipv4: [] };
  /** Whose turn it is, and who takes it if that one has no address. */
  private order: readonly [Family, Family] = ["ipv6", "ipv4"];
  private attempts = 0;
  /** When the next attempt may begin. */
  private moment = 0;
  /** The deadline had come before the race began: everything gets its one look. */
  private readonly isLate: boolean;
  private readonly sockets: S[] = [];
  private winner: S | undefined;
  private lookupError: unknown;
  /** In the order of the addresses. */
  private readonly errors: unknown[] = [];

  constructor(network: Network<S>, goal: Goal) {
    this.network = network;
    this.goal = goal;
    this.isLate = isPast(goal.deadline);
  }

  *run(): Steps<S> {
    for (const family of this.order) {
      this.asked.add(family);
      this.start(this.ask(family));
    }
    while (this.winner === undefined) {
      if (this.mayBegin && this.moment <= now()) this.begin();
      if (this.running.length === 0) throw this.failure();
      yield* this.waitForNext();
    }
    return this.winner;
  }

  /** Closes all but the winner; whatever is under way ends here. */
  end(): void {
    hclose(this.runners);
    for (const s of this.sockets) if (s !== this.winner) hclose(s);
  }

  private start(runner: Coroutine<Outcome<S>>): void {
    this.running.push(bundleGo(this.runners, runner));
  }

  private *ask(family: Family): Coroutine<Outcome<S>> {
    try {
      return { family, found: yield* this.network.lookUp(family) };
    } catch (error) {
      this.lookupError ??= error;
      return { family, found: [] };
    }
  }

  private *attempt(addr: Ipaddr, number: number): Coroutine<Outcome<S>> {
    try {
      const socket = yield* this.network.connect(addr);
      this.sockets.push(socket);
      return { socket };
    } catch (error) {
      return { number, error };
    }
  }

  private get hasNext(): boolean {
    return this.order.some((family) => this.found[family].length > 0);
  }

  private get mayBegin(): boolean {
    return this.hasNext && (this.isLate || !isPast(this.goal.deadline));
  }

  private begin(): void {
    const [first, second] = this.order;
    if (this.found[first].length > 0) this.order = [second, first];
    const addr = this.found[first].shift() ?? this.found[second].shift();
    if (addr === undefined) return;
    this.moment = now() + attemptDelay;
    this.start(this.attempt(addr, this.attempts));
    this.attempts += 1;
  }

  private *waitForNext(): Steps<void> {
    const { running } = this;
    const clauses: (JoinClause<Outcome<S>> | DeadlineClause)[] = running.map((h) => ({
      op: "join",
      h,
    }));
    if (this.mayBegin) clauses.push({ op: "deadline", deadline: this.moment });
    const { index, value } = yield* choose(clauses, -1);
    if (value === undefined) return; // a pause is over
    running.splice(index, 1);
    if ("socket" in value) this.winner = value.socket;
    else if ("found" in value) this.answered(value.family, value.found);
    else {
      this.errors[value.number] = value.error;
      this.moment = 0; // nobody waits for the one that has failed
    }
  }

  private answered(family: Family, found: readonly Ipaddr[]): void {
    this.asked.delete(family);
    for (const addr of found) this.found[family].push(addr); // too many for the arguments of one call, perhaps
    if (this.attempts > 0) return;
    const isEarly = this.asked.has("ipv6") && found.length > 0;
    this.moment = isEarly ? now() + resolutionDelay : 0;
  }

  /** That of the first address, with all of them behind it. */
  private failure(): unknown {
    const { name: address, deadline, syscall } = this.goal;
    const all = [this.lookupError, ...this.errors];
    const wasCutShort = this.hasNext || all.some((error) => isErrno(error, "ETIMEDOUT"));
    if (wasCutShort && isPast(deadline)) return signalError("ETIMEDOUT", syscall, address);
    const errors = this.attempts > 0 ? this.errors : [this.lookupError];
    const [first] = errors;
    if (first === undefined) {
      const message = "the name has no address";
      return dillError("EADDRNOTAVAIL", syscall, { address, message });
    }
    if (!(first instanceof DillError)) return first;
    const cause = new AggregateError(errors, `${errors.length} failed`);
    return dillError(first.code, syscall, { address: first.address, cause });
  }
}
