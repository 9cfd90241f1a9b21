// The model of the library: the same functions, written from the contract alone.
import type { Chosen, Code, Joined, Library, LibraryClause } from "../library.js";
import { BlockWait, CloseWait, unwrap } from "./blocks.js";
import { ChannelEnd } from "./channels.js";
import { type Failure, ModelError } from "./errors.js";
import {
  bundleEvent,
  deadlineEvent,
  joinEvent,
  type ModelEvent,
  type OutsideEvent,
} from "./events.js";
import { Group } from "./group.js";
import { type Bundle, HandleTable } from "./handleTable.js";
import { known } from "./known.js";
import { Kernel, pointOf } from "./kernel.js";
import { isAnyRunning, type Outcome, outcomeOf, remove, Task } from "./task.js";

type Running = Generator<unknown, unknown, unknown>;

export class Model implements Library {
  readonly kernel = new Kernel();
  /** All failures that somebody must be told, in their order. */
  readonly record: Failure[] = [];
  readonly promises: OutsideEvent[] = [];
  readonly signals: OutsideEvent[] = [];
  private readonly handles = new HandleTable();
  /** The bundles that bundle and go have made, in the order of their making. */
  readonly bundles: Group[] = [];

  now(): number {
    return this.kernel.time;
  }

  bundle(onError: ((error: unknown) => void) | undefined): number {
    this.checkMayMake();
    return this.handles.make(this.makeBundle(onError));
  }

  go(code: Code): number {
    this.checkMayMake();
    const bundle = this.makeBundle(undefined);
    const handle = this.handles.make(bundle);
    bundle.task = this.kernel.start(code, bundle.group);
    return handle;
  }

  bundleGo(b: number, code: Code): Joined {
    this.checkMayMake();
    const { group } = this.handles.bundleOf(b);
    group.checkTakes();
    return this.kernel.start(code, group);
  }

  /** In a coroutine that is canceled without grace nothing is made or started any more. */
  private checkMayMake(): void {
    if (this.kernel.current?.isFinal === true) throw new ModelError("ECANCELED");
  }

  private makeBundle(onError: ((error: unknown) => void) | undefined): Bundle {
    const group = new Group(this.kernel, this.record, { onError });
    this.bundles.push(group);
    return { group };
  }

  hclose(h: number): void {
    const resource = this.handles.get(h);
    if (resource instanceof ChannelEnd) {
      this.handles.delete(h);
      resource.close();
    } else {
      const group = this.beginClose(h);
      group.cancelMembers();
      this.handles.delete(h);
      group.isGone = true;
      group.throwKept();
    }
  }

  *bundleClose(b: number, deadline: number): Running {
    const { kernel } = this;
    const task = kernel.running();
    const until = pointOf(deadline);
    if (task.isFinal || kernel.isPast(until)) {
      this.hclose(b);
      return undefined;
    }
    const group = this.beginClose(b);
    this.handles.delete(b);
    group.tellMembers();
    if (known.owedCutsClose && task.owes && group.members.length > 0) {
      task.owes = false;
      group.cancelMembers();
      group.takeAll();
      throw new ModelError("ECANCELED");
    }
    const wait = new CloseWait(group);
    if (group.members.length > 0) {
      task.enclosure = wait;
      const disarm = kernel.arm(until, () => group.cancelMembers());
      yield* this.waitUntilEmpty(task, group, disarm);
    }
    group.throwKept();
    if (wait.isCanceled) throw new ModelError("ECANCELED");
    return undefined;
  }

  private *waitUntilEmpty(task: Task, group: Group, disarm: () => void): Running {
    const emptied = (): void => this.kernel.wake(task, { value: undefined });
    const waiter = { emptied, closed() {} };
    group.waiters.push(waiter);
    const undo = (): void => {
      disarm();
      remove(group.waiters, waiter);
      task.enclosure = null;
    };
    return yield* this.kernel.wait(task, { undo }, Infinity);
  }

  /** The bundle takes nobody any more, and whoever waits through the handle is told. */
  private beginClose(b: number): Group {
    const { group } = this.handles.bundleAt(b);
    if (isAnyRunning(group.members)) throw new ModelError("EDEADLK");
    if (group.isClosed) throw new ModelError("EBADF");
    group.close();
    return group;
  }

  bundleWait(b: number, deadline: number): Running {
    return this.waitFor(() => bundleEvent(this.handles.bundleOf(b).group), deadline);
  }

  join(h: Joined, deadline: number): Running {
    return this.waitFor(() => this.joinEventOf(h), deadline);
  }

  private joinEventOf(h: Joined): ModelEvent {
    if (h instanceof Task) return joinEvent(h, undefined);
    const { group, task } = this.handles.bundleOf(h as number);
    return joinEvent(task as Task, group);
  }

  chmake(): readonly [number, number] {
    this.checkMayMake();
    const [a, b] = ChannelEnd.pair();
    return [this.handles.make(a), this.handles.make(b)];
  }

  chsend(ch: number, value: unknown, deadline: number): Running {
    return this.waitFor(() => this.handles.endOf(ch).sendEvent(value), deadline);
  }

  chrecv(ch: number, deadline: number): Running {
    return this.waitFor(() => this.handles.endOf(ch).receiveEvent(), deadline);
  }

  chdone(ch: number): void {
    this.handles.endOf(ch).done();
  }

  /** An operation that waits for one event. */
  private *waitFor(eventOf: () => ModelEvent, deadline: number): Running {
    const task = this.kernel.enter();
    const event = eventOf();
    const outcome = event.poll();
    if (outcome !== undefined) return unwrap(outcome);
    const until = this.checkedDeadline(deadline);
    const undo = event.add((come) => this.kernel.wake(task, come));
    return yield* this.kernel.wait(task, { undo }, until);
  }

  *choose(clauses: readonly LibraryClause[], deadline: number): Running {
    const task = this.kernel.enter();
    const events: ModelEvent[] = [];
    for (const [index, clause] of clauses.entries()) {
      const event = this.eventOf(clause);
      const outcome = event.poll();
      if (outcome !== undefined) return { index, ...outcome } satisfies Chosen;
      events.push(event);
    }
    const until = this.checkedDeadline(deadline);
    // The deadline of the whole wins against a clause that comes at the same moment.
    const undos = events.map((event, index) => {
      const clause = clauses[index];
      if (clause?.op === "deadline" && pointOf(clause.deadline) >= until) return () => {};
      return event.add((outcome, isVoid) => {
        const chosen = (): Outcome => ({ value: { index, ...outcomeOf(outcome) } });
        this.kernel.wake(task, isVoid === true ? outcome : chosen);
      });
    });
    return yield* this.kernel.wait(task, { undo: () => undos.forEach((undo) => undo()) }, until);
  }

  private eventOf(clause: LibraryClause): ModelEvent {
    switch (clause.op) {
      case "send":
        return this.handles.endOf(clause.ch).sendEvent(clause.value);
      case "recv":
        return this.handles.endOf(clause.ch).receiveEvent();
      case "join":
        return this.joinEventOf(clause.h);
      case "bundleWait":
        return bundleEvent(this.handles.bundleOf(clause.b).group);
      case "until":
        return this.promises[clause.promise] as OutsideEvent;
      case "abort":
        return this.signals[clause.signal] as OutsideEvent;
      case "deadline":
        return deadlineEvent(this.kernel, pointOf(clause.deadline));
    }
  }

  until(promise: number, deadline: number): Running {
    return this.waitFor(() => this.promises[promise] as OutsideEvent, deadline);
  }

  /** It always waits for its timer, one that is due already too, as libdill's does. */
  *msleep(deadline: number): Running {
    const task = this.kernel.enter();
    const event = deadlineEvent(this.kernel, pointOf(deadline));
    const undo = event.add((come) => this.kernel.wake(task, come));
    return yield* this.kernel.wait(task, { undo }, Infinity);
  }

  *yieldNow(): Running {
    this.kernel.enter();
    return yield;
  }

  private checkedDeadline(deadline: number): number {
    const until = pointOf(deadline);
    if (this.kernel.isPast(until)) throw new ModelError("ETIMEDOUT");
    return until;
  }

  *scope(body: (b: number) => Code): Running {
    const task = this.kernel.enter();
    const block = new BlockWait(this.kernel, task, this.record, () => this.handles.delete(handle));
    const handle = this.handles.make({ group: block.children });
    if (known.sweepTakesScopes) this.bundles.push(block.children);
    return yield* block.run(body(handle), Infinity);
  }

  *withDeadline(deadline: number, body: () => Code): Running {
    const task = this.kernel.enter();
    const block = new BlockWait(this.kernel, task, this.record, () => {});
    return yield* block.run(body(), pointOf(deadline));
  }
}
