// One serve: the loop that accepts, and how it ends.
//
//   accepting ──▶ takes no more: what was taken is still accepted ──▶ the dialogues end ──▶ over
//       └── told ──────────▲                                                └── tellAfter: they are told, too
import { combine, isErrno, listed } from "../errors/index.js";
import { closeHandle, type Handle, isOpen, isShuttingDown, makeHandle } from "../handles/index.js";
import { host } from "../host/index.js";
import {
  type Chosen,
  type Coroutine,
  currentTask,
  type Event,
  type Steps,
} from "../kernel/index.js";
import { type Bundle, bundleClose, BundleEnd, now } from "../runtime/index.js";
import { AcceptableEvent, acceptNow, type ListenerResource } from "../sockets/index.js";
import { type Dialogue, Dialogues } from "./dialogues.js";
import { Opportunity } from "./opportunity.js";

export interface Terms {
  readonly syscall: string;
  readonly most: number;
  readonly onError: ((error: unknown) => void) | null;
  readonly tellAfter: number;
}

/** How long it lets connections be turned away before it looks for a descriptor again, in milliseconds. */
const pause = 100;

export class Server<S extends Handle> {
  private readonly ls: Handle;
  private readonly listener: ListenerResource;
  private readonly dialogue: Dialogue<S>;
  private readonly terms: Terms;
  private readonly dialogues: Dialogues;
  private readonly bundle: Bundle;
  private restsUntil = 0;
  private hasWarned = false;

  /** Only in the coroutine that will run it, because the dialogues end with that. */
  constructor(ls: Handle, listener: ListenerResource, dialogue: Dialogue<S>, terms: Terms) {
    this.ls = ls;
    this.listener = listener;
    this.dialogue = dialogue;
    this.terms = terms;
    this.dialogues = new Dialogues(terms.onError, terms.most);
    this.bundle = makeHandle<Bundle>(this.dialogues, terms.syscall);
  }

  *run(): Coroutine {
    const errors: unknown[] = [];
    try {
      yield* this.work();
    } catch (error) {
      errors.push(error);
    }
    try {
      if (isOpen(this.bundle)) closeHandle(this.bundle, this.terms.syscall);
    } catch (error) {
      errors.push(error);
    }
    const failures = listed(errors.filter((error) => !isOwnCancellation(error)));
    if (failures.length > 0) throw combine(failures);
    if (errors.length > 0) throw errors[0];
  }

  private *work(): Steps<void> {
    try {
      yield* this.goOn(Infinity);
    } catch (cancellation) {
      if (!isErrno(cancellation, "ECANCELED") || !isTold()) throw cancellation;
      const { listener, bundle, terms } = this;
      if (!listener.isDone && !listener.isClosed) listener.done(terms.syscall);
      const hasEnded = yield* this.goOn(now() + terms.tellAfter);
      if (!hasEnded) yield* bundleClose(bundle, -1);
      throw cancellation;
    }
  }

  /** Up to the end of the last dialogue, after the last connection; or until dialogues have failed. False: not by then. */
  private *goOn(deadline: number): Steps<boolean> {
    const { dialogues } = this;
    for (let mayCome = true; mayCome && !dialogues.hasFailed; ) {
      const isResting = now() < this.restsUntil;
      const until = isResting ? Math.min(this.restsUntil, deadline) : deadline;
      const chosen = yield* this.waitFor(until, () =>
        isResting || !dialogues.hasRoom
          ? [dialogues.changed]
          : [dialogues.changed, new AcceptableEvent(this.listener, this.terms.syscall)],
      );
      if (chosen === undefined && until === deadline) return false;
      if (chosen?.index === 1) mayCome = this.accept();
    }
    const end = yield* this.waitFor(deadline, () => [
      new BundleEnd(this.bundle, this.terms.syscall),
    ]);
    if (end !== undefined && "error" in end) throw end.error;
    return end !== undefined;
  }

  /** Undefined: the deadline has come first. */
  private *waitFor(deadline: number, events: () => readonly Event[]): Steps<Chosen | undefined> {
    try {
      return yield* new Opportunity(this.ls, events, deadline, this.terms.syscall);
    } catch (error) {
      if (!isErrno(error, "ETIMEDOUT")) throw error;
      return undefined;
    }
  }

  /** Starts the dialogue with whoever has waited longest. False: nobody will come any more. */
  private accept(): boolean {
    try {
      const s = acceptNow<S>(this.listener, this.terms.syscall);
      if (s !== undefined) this.dialogues.hold(this.dialogue, s);
      return true;
    } catch (error) {
      if (isErrno(error, "EPIPE")) return false;
      if (!isErrno(error, "EMFILE", "ENFILE")) throw error;
      this.rest(error.message);
      return true;
    }
  }

  /** Node closes whatever comes as long as no descriptor is left: there is nothing to accept. */
  private rest(why: string): void {
    this.restsUntil = now() + pause;
    if (this.hasWarned) return;
    this.hasWarned = true;
    host.warn(
      "SERVE_PAUSED",
      `connections are closed as they come, until a descriptor is free: ${why}`,
    );
  }
}

function isTold(): boolean {
  return currentTask()?.isInGrace === true;
}

/** As of any coroutine: see Group. */
function isOwnCancellation(error: unknown): boolean {
  return isErrno(error, "ECANCELED") && (isTold() || isShuttingDown());
}
