// How Effection drives an operation of ours. A guest, a task without a generator that belongs to no group, stands
// for Effection's own task.
import { currentContext } from "./asyncContext.js";
import { host } from "../host/index.js";
import { notInCoroutine, ownEffect } from "./misuse.js";
import type { Effect } from "./operation.js";
import { cutShort, handOver } from "./park.js";
import { askForDrain, enqueue, withdraw } from "./readyQueue.js";
import { currentTask } from "./step.js";
import { blocked, done, Guest, type Parked, ready, type Task, type TaskGroup } from "./task.js";

/** An operation, as far as the guest protocol knows it. */
export interface GuestOperation extends Parked {
  readonly syscall: string;
  /** The task that stands for whoever runs the operation. */
  guestTask(): Task;
  becomeGuest(guest: Task): void;
  giveBack(): void;
}

/**
 * Stands in a guest's value as long as its operation has not begun. Effection starts the candidates of a race one
 * after the other and looks for the winner only then: each waits for a turn, so that the first to have a
 * result has ended the race before the next one could take something away.
 */
export const unbegun: unique symbol = Symbol("unbegun");

type Routine = Parameters<Effect<unknown>["enter"]>[1];

/**
 * The guests of an Effection program that a coroutine of ours waits for: through their group is found what that
 * coroutine is in.
 */
export class GuestGroup implements TaskGroup {
  readonly first = null;
  readonly closer = null;
  before: TaskGroup | null = null;
  after: TaskGroup | null = null;
  /** Null as soon as it waits no more. */
  parent: Task | null;

  constructor(parent: Task) {
    this.parent = parent;
  }

  ended(): void {}
}

let place: (guest: Task, scope: Routine["scope"]) => void = () => {};

/** Sets what gives a guest the group for the Effection scope that its operation has been entered in. */
export function placeGuestsWith(placeGuest: typeof place): void {
  place = placeGuest;
}

/** The guest's operation that has suspended last: it is Effection who calls `enter` next. */
let newest: GuestOperation | null = null;

const suspension: Effect<unknown> & { readonly [ownEffect]: true } = {
  [ownEffect]: true,
  description: "a libdill operation",
  enter(resolve, { scope }) {
    // Inside a coroutine of ours, the operation took that for its own.
    const mistaken = currentTask()?.operation;
    const operation = isGuestOperation(mistaken) ? mistaken : newest;
    newest = null;
    if (operation === null) throw notInCoroutine("an operation");
    const guest = adopt(operation);
    place(guest, scope);
    guest.resume = () => resolve({ ok: true, value: undefined });
    return (exited) => {
      guest.resume = () => exited({ ok: true, value: undefined });
      try {
        leave(guest, operation);
      } catch (error) {
        exited({ ok: false, error: error as Error });
        return;
      }
      // A block of which a coroutine is on the stack is not over yet, and Effection waits for that.
      if (guest.state === done) guest.resume();
    };
  },
};

/**
 * What a suspended operation yields: always the same object. A generator has made it, so that it has the
 * shape of what all other generators give the scheduler.
 */
export const suspended: IteratorResult<Effect<unknown>, never> = (function* (): Generator<
  Effect<unknown>,
  never
> {
  while (true) yield suspension;
})().next();

export function isGuestOperation(parked: Parked | null | undefined): parked is GuestOperation {
  return parked !== null && parked !== undefined && "becomeGuest" in parked;
}

/** The operation goes to sleep, or waits for a turn: if a guest stands for its caller, Effection enters the suspension next. */
export function noteSuspended(operation: GuestOperation, task: Task): void {
  newest = operation;
  if (task instanceof Guest) expectEntry(task, operation.syscall);
}

function expectEntry(guest: Guest, syscall: string): void {
  guest.resume = null;
  host.microtask(() => {
    if (guest.resume !== null) return;
    // Neither a coroutine nor Effection: somebody called next(), and nobody will ever go on.
    if (guest.state === blocked) dismiss(guest);
    throw notInCoroutine(syscall);
  });
}

/** A coroutine of ours that has started an Effection program was taken for the caller: a guest takes over. */
function adopt(operation: GuestOperation): Guest {
  const task = operation.guestTask();
  if (task instanceof Guest) return task;
  const guest = newGuest();
  handOver(task, guest);
  operation.becomeGuest(guest);
  return guest;
}

function newGuest(): Guest {
  const guest = new Guest();
  guest.context = currentContext();
  return guest;
}

/** A guest whose operation begins when its turn comes. */
export function newGuestInLine(operation: GuestOperation): Guest {
  const guest = newGuest();
  guest.value = unbegun;
  noteSuspended(operation, guest);
  enqueue(guest);
  return guest;
}

/** Whoever has called next() ends the operation before Effection has entered it: a coroutine of another copy, say. */
export function abandon(guest: Guest): void {
  if (guest.resume !== null) return;
  guest.resume = () => {};
  newest = null;
  if (guest.state === blocked) dismiss(guest);
  else if (guest.state === ready) withdraw(guest);
  guest.state = done;
}

/** Effection has left the operation before it was resumed. */
function leave(guest: Task, operation: GuestOperation): void {
  if (guest.state === blocked) dismiss(guest);
  else if (guest.state === ready) {
    withdraw(guest);
    guest.state = done;
    if (guest.value !== unbegun) operation.giveBack();
  }
}

function dismiss(guest: Task): void {
  const { operation } = guest;
  if (operation?.isScope === true) {
    operation.cancelInside(); // which wakes the guest
    if (guest.state === blocked) return;
    withdraw(guest);
  } else cutShort(guest, "ECANCELED");
  guest.state = done;
  askForDrain(); // for the alarm: a deadline that is no more must not keep the process
}
