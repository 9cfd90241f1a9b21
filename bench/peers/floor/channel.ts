// A channel is one list of those who wait in it: they all send, or they all receive.
import { Alarm, type Sleeper } from "./alarms.js";
import { canceled, type Coroutine, park, running, type Wait, wake } from "./coroutine.js";
import { type Operation, timedOut } from "./operation.js";

export const noMore = new Error("no more messages");

export interface Clause<T> {
  readonly ch: Channel<T>;
  /** Without a message, the clause receives. */
  readonly message?: T;
}

export class Channel<T> {
  private first: Party<T> | null = null;
  private last: Party<T> | null = null;
  isDone = false;

  /** Takes out the first who waits for a message, or with one. */
  take(isSender: boolean): Party<T> | null {
    const { first } = this;
    if (first === null || first.isSender !== isSender) return null;
    this.remove(first);
    return first;
  }

  add(party: Party<T>): void {
    const { last } = this;
    party.before = last;
    if (last === null) this.first = party;
    else last.after = party;
    this.last = party;
  }

  remove({ before, after }: Party<T>): void {
    if (before === null) this.first = after;
    else before.after = after;
    if (after === null) this.last = before;
    else after.before = before;
  }

  /** No message comes after this. */
  end(): void {
    this.isDone = true;
    for (let party = this.take(false); party !== null; party = this.take(false)) {
      party.failure = noMore;
      party.alarm?.unset();
      wake(party.coroutine!);
    }
  }
}

export function send<T>(ch: Channel<T>, message: T): Operation<void> {
  return new Party(ch, true, message, -1) as unknown as Operation<void>;
}

export function receive<T>(ch: Channel<T>, deadline = -1): Operation<T> {
  return new Party(ch, false, undefined, deadline) as unknown as Operation<T>;
}

/** Comes to the party that was served: its index, and the message. */
export function choose<T>(clauses: readonly Clause<T>[]): Operation<Party<T>> {
  return new Choose(clauses) as unknown as Operation<Party<T>>;
}

/** A send or a receive; also one of many in a choose, which then is the operation. */
class Party<T> implements Wait, Sleeper {
  before: Party<T> | null = null;
  after: Party<T> | null = null;
  done = false;
  failure: Error | null = null;
  coroutine: Coroutine | null = null;
  whole: Choose<T> | null = null;
  index = 0;
  value: T | undefined;
  readonly alarm: Alarm | null;
  readonly isSender: boolean;
  private readonly channel: Channel<T>;

  constructor(channel: Channel<T>, isSender: boolean, message: T | undefined, deadline: number) {
    this.channel = channel;
    this.isSender = isSender;
    this.value = message;
    this.alarm = deadline < 0 ? null : new Alarm(deadline, this);
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): this {
    if (this.coroutine === null) {
      if (running.isCanceled) throw canceled;
      if (this.channel.isDone) throw noMore;
      if (this.tryNow()) return this;
      this.coroutine = park(this);
      this.alarm?.set();
      this.channel.add(this);
      return this;
    }
    // V8 up to Node 20 compiles what has looped often enough: of this function every second call may throw.
    for (let look = 0; look < 2; look++) if (this.failure === null) return this;
    throw this.failure!;
  }

  tryNow(): boolean {
    const other = this.channel.take(!this.isSender);
    if (other === null) return false;
    if (this.isSender) other.value = this.value;
    else this.value = other.value;
    this.done = true;
    other.serve();
    return true;
  }

  join(whole: Choose<T>, index: number): void {
    this.whole = whole;
    this.index = index;
    this.channel.add(this);
  }

  leave(): void {
    this.channel.remove(this);
    this.alarm?.unset();
  }

  ring(): void {
    this.channel.remove(this);
    this.failure = timedOut;
    wake(this.coroutine!);
  }

  private serve(): void {
    const { whole } = this;
    this.done = true;
    this.alarm?.unset();
    if (whole === null) wake(this.coroutine!);
    else whole.serve(this);
  }
}

class Choose<T> implements Wait {
  done = false;
  failure: Error | null = null;
  value: Party<T> | undefined = undefined;
  private coroutine: Coroutine | null = null;
  private parties: Party<T>[] = [];
  private readonly clauses: readonly Clause<T>[];

  constructor(clauses: readonly Clause<T>[]) {
    this.clauses = clauses;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): this {
    if (this.coroutine === null) {
      if (running.isCanceled) throw canceled;
      this.begin();
      return this;
    }
    for (let look = 0; look < 2; look++) if (this.failure === null) return this;
    throw this.failure!;
  }

  leave(): void {
    for (const party of this.parties) if (!party.done) party.leave();
  }

  serve(party: Party<T>): void {
    this.value = party;
    this.done = true;
    this.leave();
    wake(this.coroutine!);
  }

  private begin(): void {
    const { clauses, parties } = this;
    for (let i = 0; i < clauses.length; i++) {
      const { ch, message } = clauses[i]!;
      const party = new Party(ch, message !== undefined, message, -1);
      if (party.tryNow()) {
        party.index = i;
        this.value = party;
        this.done = true;
        return;
      }
      parties.push(party);
    }
    this.coroutine = park(this);
    for (let i = 0; i < parties.length; i++) parties[i]!.join(this, i);
  }
}
