// One operation on a socket, followed from its start to its end, with what may come out of it.
//
//   begins() ──▶ gaveWay() ──▶ begins() again          a part is done, the turn was over, the others came first
//       │
//       ├──────▶ sleeps() ───▶ ended(outcome)          what happens meanwhile decides
//       └────────────────────▶ ended(outcome)          at once: it must be one of `legal`
//
// When an operation begins, nothing else runs until it is over or asleep, so the model knows exactly
// who uses a direction. When and how a sleeper is woken is the kernel's affair: there the model takes what
// happened, if it may happen.
import { type Coroutine, DillError, now, type Operation } from "libdill-ts";
import { blocked, type Task } from "#src/kernel/task.js";
import { keptErrors, OperationIterator } from "#src/kernel/operationIterator.js";
import { currentTask } from "#src/kernel/step.js";
import { type End, type Flight, type Half, type Outcome } from "./model.js";

/** What an operation may do at once; "parked": go to sleep. */
export type Legal = Outcome | "parked";

export abstract class Attempt {
  protected legal: readonly Legal[] = [];
  protected flight: Flight | null = null;
  /** The operation, once it has begun. */
  steps: object = {};

  readonly end: End;
  readonly deadline: number;

  constructor(end: End, deadline: number) {
    this.end = end;
    this.deadline = deadline;
  }

  abstract begins(isCanceled: boolean): void;
  abstract sleeps(task: Task): void;
  /** A part of it has been done, and its coroutine lets the others go first. */
  gaveWay(): void {}
  /** Its coroutine is about to go on. */
  wakes(): void {}
  /** Follows what happened. Returns what is wrong with it, if anything is. */
  abstract ended(outcome: Outcome): string | undefined;

  protected check(outcome: Legal, legal: readonly Legal[] = this.legal): string | undefined {
    if (legal.includes(outcome)) return undefined;
    return `${outcome}, where only ${legal.join(", ") || "success (it let another in)"} is legal`;
  }

  /** How a flight that has been woken may have ended. */
  protected legalEnds(flight: Flight): readonly Outcome[] {
    if (flight.forced !== null) return flight.forced;
    const legal: Outcome[] = [];
    const { half, at, length } = flight;
    const { stream } = half;
    const isPeerClosed = this.end.peer.isClosed;
    const isMissing = half.isSending || stream.certain < at + length;
    if (half.isSending ? !flight.wasPeerClosed : stream.offered >= at + length) legal.push("ok");
    if (isPeerClosed && isMissing) legal.push("ECONNRESET");
    if (!half.isSending && stream.isEnded && isMissing) legal.push("EPIPE");
    if (isTimedOut(this.deadline) && !flight.wasThere) legal.push("ETIMEDOUT");
    if (!flight.mustSucceed) return legal;
    // A receive that has taken nothing leaves its direction to others.
    return legal.filter(
      (outcome) => outcome === "ok" || (outcome === "ETIMEDOUT" && !half.isSending),
    );
  }

  protected fly(half: Half, task: Task, length: number): Flight {
    const { next, stream } = half;
    for (const earlier of half.flights) earlier.mustSucceed = true;
    const flight: Flight = {
      half,
      task,
      at: next,
      length,
      deadline: this.deadline,
      wasThere: !half.isSending && stream.certain >= next + length,
      wasPeerClosed: this.end.peer.isClosed,
      forced: null,
      mustSucceed: false,
      isCutShort: () => !half.isSending && wasCutShort(this.steps),
    };
    half.flights.push(flight);
    return flight;
  }

  protected land(flight: Flight): void {
    flight.half.flights = flight.half.flights.filter((other) => other !== flight);
  }
}

/** bsend, brecv and their list forms. */
export class Transfer extends Attempt {
  readonly half: Half;
  /** Where in the stream it began. */
  at = 0;
  #isBadHandle = false;
  #problem: string | undefined;

  readonly length: number;
  /** Told where it begins, before it does. */
  readonly prepare: (at: number) => void;

  constructor(
    end: End,
    isSending: boolean,
    length: number,
    deadline: number,
    prepare: (at: number) => void = () => {},
  ) {
    super(end, deadline);
    this.length = length;
    this.prepare = prepare;
    this.half = isSending ? end.sending : end.receiving;
  }

  begins(isCanceled: boolean): void {
    this.at = this.half.next;
    this.prepare(this.at);
    this.#isBadHandle = this.end.isClosed;
    this.legal = this.#legalAtOnce(isCanceled);
  }

  #legalAtOnce(isCanceled: boolean): readonly Legal[] {
    const { half, end, length } = this;
    if (end.isClosed) return isDeadline(this.deadline) ? ["EBADF"] : ["EBADF", "EINVAL"];
    if (!isDeadline(this.deadline)) return ["EINVAL"];
    if (half.sleeper() !== undefined) return ["EBUSY"];
    if (half.state === "done") return ["EPIPE"];
    if (half.state === "broken") return ["ECONNRESET"];
    const legal = transferAtOnce(half, end, length, isCanceled);
    // Somebody has been woken and may have failed, which nobody can see yet.
    if (half.flights.length > 0) legal.push("ECONNRESET", "EPIPE");
    if (half.state === "unsure") legal.push("ECONNRESET");
    return legal;
  }

  sleeps(task: Task): void {
    this.#problem = this.check("parked");
    this.half.succeed();
    this.flight = this.fly(this.half, task, this.length);
    if (this.half.isSending) this.#offer();
  }

  ended(outcome: Outcome): string | undefined {
    const { half, flight } = this;
    if (flight === null) {
      const problem = this.check(outcome);
      if (this.#isBadHandle || outcome === "EINVAL") return problem;
      if (outcome === "ok" && this.length > 0)
        for (const earlier of half.flights) earlier.mustSucceed = true;
      if (half.isSending && outcome === "ECANCELED") this.#offer();
      this.#follow(outcome);
      return problem;
    }
    const problem = this.#problem ?? this.check(outcome, this.legalEnds(flight));
    this.land(flight);
    this.#follow(outcome);
    return problem;
  }

  #offer(): void {
    this.half.stream.offered = Math.max(this.half.stream.offered, this.at + this.length);
  }

  #follow(outcome: Outcome): void {
    const { half, at, length } = this;
    if (outcome !== "ok") {
      half.fail(outcome);
      return;
    }
    if (this.flight === null) half.succeed(); // a flight may have begun before the direction became unsure
    if (length === 0) return;
    if (half.isSending) {
      this.#offer();
      half.stream.certain = Math.max(half.stream.certain, at + length);
    } else half.stream.taken = Math.max(half.stream.taken, at + length);
  }
}

/** ipcClose: says that it is done, waits for the peer's end, and closes. */
export class OrderlyClose extends Attempt {
  #phase: "start" | "drain" = "start";
  #isClosed = false;
  #sleepers: Flight[] = [];
  #sender: Flight | undefined;
  #isDone = false;
  #problem: string | undefined;
  #kept: readonly Legal[] = [];

  begins(isCanceled: boolean): void {
    const { end } = this;
    this.#isClosed = end.isClosed;
    this.#sleepers = end.sleepers();
    if (this.#phase === "start") {
      this.#sender = end.sending.sleeper();
      this.#isDone = false;
      if (!isDeadline(this.deadline)) this.legal = ["EINVAL"];
      else if (end.isClosed) this.legal = ["EBADF"];
      else if (end.receiving.state === "broken" || end.sending.state === "broken") {
        this.legal = ["ECONNRESET"];
      } else {
        const mayHaveFailed = end.sending.flights.length + end.receiving.flights.length > 0;
        this.#isDone = true;
        this.legal = [
          ...this.#drainAtOnce(isCanceled),
          ...(mayHaveFailed || end.receiving.state === "unsure" ? (["ECONNRESET"] as const) : []),
        ];
      }
    } else {
      // Its draining was over when it gave way.
      this.legal = [
        ...this.#kept,
        ...(end.isClosed ? (["EBADF"] as const) : this.#drainAtOnce(isCanceled)),
      ];
    }
  }

  #drainAtOnce(isCanceled: boolean): Legal[] {
    const { end } = this;
    const half = end.receiving;
    if (half.state === "done") return ["ok"];
    if (half.sleeper() !== undefined) return ["EBUSY"];
    if (half.state === "broken") return ["ECONNRESET"];
    return transferAtOnce(half, end, Infinity, isCanceled).map(endIsSuccess);
  }

  /** Cut short, its draining has left the direction to others, which sleep there by now. */
  override wakes(): void {
    this.#sleepers = this.end.sleepers();
  }

  override gaveWay(): void {
    this.#startDraining();
    this.end.closers += 1;
    this.#phase = "drain";
    this.#kept = this.legal;
  }

  #startDraining(): void {
    if (this.#phase === "drain") return;
    if (!this.#isDone) this.#problem ??= `it waits, where only ${this.legal.join(", ")} is legal`;
    if (this.end.sending.state !== "done") this.end.done(this.#sender);
  }

  sleeps(task: Task): void {
    this.#problem ??= this.check("parked");
    this.#startDraining();
    if (this.#phase === "start") this.end.closers += 1;
    this.#phase = "drain";
    this.flight = this.fly(this.end.receiving, task, Infinity);
  }

  ended(outcome: Outcome): string | undefined {
    const { end, flight } = this;
    if (this.#phase === "drain") end.closers -= 1;
    if (flight !== null) {
      this.land(flight);
      const problem =
        this.#problem ?? this.check(outcome, this.legalEnds(flight).map(endIsSuccess));
      if (!end.isClosed) end.close(this.#sleepers);
      return problem;
    }
    const problem = this.#problem ?? this.check(outcome);
    if (this.#isClosed || outcome === "EINVAL") return problem;
    end.close(this.#sleepers);
    if (this.#phase === "start" && this.#sender !== undefined) {
      // Was it told that we are done, before the rest failed?
      if (this.#isDone)
        this.#sender.forced = outcome === "ECONNRESET" ? ["ECONNRESET", "EBADF"] : ["ECONNRESET"];
    }
    return problem;
  }
}

function transferAtOnce(half: Half, end: End, length: number, isCanceled: boolean): Legal[] {
  if (length === 0) return ["ok"];
  const { stream, next } = half;
  const legal: Legal[] = [isCanceled ? "ECANCELED" : "parked"];
  const isPeerClosed = end.peer.isClosed;
  if (half.isSending) legal.push(isPeerClosed ? "ECONNRESET" : "ok");
  else {
    if (stream.offered >= next + length) legal.push("ok");
    if (stream.certain < next + length) {
      if (stream.isEnded) legal.push("EPIPE");
      if (isPeerClosed) legal.push("ECONNRESET");
    }
  }
  return legal;
}

/** What ends the draining is what ipcClose waits for. */
function endIsSuccess<O extends Legal>(outcome: O): O | "ok" {
  return outcome === "EPIPE" ? "ok" : outcome;
}

function isDeadline(deadline: number): boolean {
  return deadline >= 0 || deadline === -1;
}

function isTimedOut(deadline: number): boolean {
  return deadline !== -1 && deadline <= now();
}

/**
 * Runs the operation step by step as `yield*` does, and tells the attempt what it sees. Returns how it ended;
 * what is no error of ours is thrown.
 */
export function* follow<T>(
  attempt: Attempt,
  operation: Operation<T>,
  check: (value: T) => string | undefined,
): Coroutine<{ outcome: Outcome; problem: string | undefined }> {
  const task = currentTask() as Task;
  let outcome: Outcome = "ok";
  let problem: string | undefined;
  let isOver = false;
  try {
    const steps = operation[Symbol.iterator]();
    attempt.steps = steps;
    attempt.begins(task.isCanceled);
    let step = steps.next(undefined);
    while (step.done !== true) {
      const isAsleepNow = (task.state as number) === blocked;
      const ended = isAsleepNow ? undefined : outcomeOf(steps);
      if (ended !== undefined) {
        // All of it has been done, and the others see that before this coroutine does.
        problem = attempt.ended(ended);
        isOver = true;
      } else if (isAsleepNow) attempt.sleeps(task);
      else attempt.gaveWay();
      yield step.value;
      if (isAsleepNow) attempt.wakes();
      else if (!isOver) attempt.begins(task.isCanceled);
      step = steps.next(undefined);
    }
    problem ??= check(step.value);
  } catch (error) {
    if (!(error instanceof DillError)) throw error;
    outcome = error.code;
  }
  return { outcome, problem: isOver ? problem : (attempt.ended(outcome) ?? problem) };
}

/** How an operation has ended whose coroutine has given way since, and does not know yet; undefined: it has not. */
function outcomeOf(operation: object): Outcome | undefined {
  if (!(operation instanceof OperationIterator)) return undefined;
  const { interruption } = operation;
  if (interruption === "EPIPE" || interruption === "ETIMEDOUT") return interruption;
  if (interruption === "completed") return "ok";
  if (interruption !== "failed") return undefined;
  const error = keptErrors.get(operation);
  return error instanceof DillError ? error.code : "ok";
}

/** Whether the operation, or the one inside it, has been woken without its result. */
function wasCutShort(operation: object): boolean {
  let innermost: unknown = operation;
  while (
    typeof innermost === "object" &&
    innermost !== null &&
    "inner" in innermost &&
    innermost.inner !== null
  ) {
    innermost = innermost.inner;
  }
  if (!(innermost instanceof OperationIterator)) return false;
  const { interruption } = innermost;
  return interruption !== null && interruption !== "completed" && interruption !== "failed";
}
