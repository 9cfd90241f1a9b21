// Who is told when a signal is aborted: by one listener, however many they are. Node warns of more than ten, and the
// signal that ends a server may have one for each dialogue.
import { dillError, inspectSafely } from "../errors/index.js";
import { List } from "../collections/index.js";
import { type Event, fireAll, type Waiter } from "./event.js";

export function checkSignal(signal: unknown, syscall: string): AbortSignal {
  if (inspectSafely(() => isSignal(signal), false)) return signal as AbortSignal;
  throw dillError("EINVAL", syscall, "this is no AbortSignal");
}

/** One of another realm, or of a polyfill, will do. Throws what a look at the value throws. */
export function isSignal(value: unknown): value is AbortSignal {
  if (value instanceof AbortSignal) return true;
  const { aborted, addEventListener, removeEventListener }: Partial<AbortSignal> = value ?? {};
  const types = [typeof aborted, typeof addEventListener, typeof removeEventListener];
  return types.join() === "boolean,function,function";
}

const waiters = new WeakMap<EventTarget, List<Waiter>>();

export function onAbort(signal: AbortSignal, waiter: Waiter): void {
  const known = waiters.get(signal);
  if (known !== undefined) {
    known.add(waiter);
    return;
  }
  // A signal that is not the platform's own may tell at once, or throw.
  const list = new List<Waiter>();
  waiters.set(signal, list);
  list.add(waiter);
  try {
    signal.addEventListener("abort", onAborted);
  } catch (error) {
    waiters.delete(signal);
    throw error;
  }
}

/** Only of a waiter that was added and has not been fired. */
export function offAbort(signal: AbortSignal, waiter: Waiter): void {
  const list = waiters.get(signal);
  if (list === undefined) return;
  list.remove(waiter);
  if (list.first === null) forget(signal);
}

function onAborted(this: AbortSignal): void {
  const list = waiters.get(this);
  if (list === undefined) return;
  fireAll(list);
  forget(this);
}

function forget(signal: AbortSignal): void {
  waiters.delete(signal);
  // Of a signal that is not the platform's own this may throw, which must keep nobody from ending.
  inspectSafely(() => signal.removeEventListener("abort", onAborted), undefined);
}

/** A signal is aborted. What came of it is the signal's reason. */
export class AbortEvent implements Event {
  readonly source = "inside";
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  isReady(): boolean {
    return this.#signal.aborted;
  }

  add(waiter: Waiter): void {
    onAbort(this.#signal, waiter);
  }

  remove(waiter: Waiter): void {
    offAbort(this.#signal, waiter);
  }

  take(): unknown {
    return this.#signal.reason;
  }
}
