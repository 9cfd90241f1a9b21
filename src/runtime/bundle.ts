// bundle, bundleGo, bundleWait: a set of coroutines that ends together.
import { dillError, Options } from "../errors/index.js";
import { type Handle, isShuttingDown, makeHandle, shutDownError } from "../handles/index.js";
import {
  checkGenerator,
  claim,
  type Coroutine,
  type Operation,
  Wait,
  type WaitsFor,
} from "../kernel/index.js";
import { BundleEnd, bundleOf, BundleResource, type OnError } from "./bundleResource.js";
import type { Joinable } from "./taskEnd.js";

/** Handle of a set of coroutines. */
export type Bundle = Handle<"bundle">;

/** Handle of a bundle that {@link go} made: it stands for the one coroutine, too. */
export type CoroutineBundle<T> = Bundle & Joinable<T>;

/** A coroutine in a bundle, for {@link join}. It is no handle: there is nothing to close. */
export type BundleTask<T> = object & Joinable<T>;

/** What {@link bundle} may be told. */
export interface BundleOptions {
  /**
   * Gets each error that escapes a coroutine of the bundle, and the other coroutines go on. It is called as from
   * outside, after the coroutine has left the bundle. What it throws is the bundle's failure. If it is async, its
   * rejection is the bundle's failure, too, and the run does not end before its promise has settled.
   */
  readonly onError?: OnError | undefined;
}

/**
 * Makes an empty bundle: a set of coroutines that {@link hclose} ends together.
 *
 * If an error escapes a coroutine, the others are canceled, and the bundle has failed: {@link bundleGo} throws that
 * error and starts nothing, until {@link bundleWait}, {@link hclose}, {@link bundleClose} or {@link join} has taken it. An error
 * that nobody has asked for after a second is told as the process warning `UNSEEN_ERROR`. With `onError`, the
 * coroutines have nothing to do with each other: the error goes to that function, and the others go on. Never blocks.
 *
 * @param options - What happens to the errors.
 * @returns Handle of the bundle, for {@link bundleGo} and {@link bundleWait}.
 * @throws {@link DillError}
 * - `ECANCELED`: the coroutine is being canceled, or a handle's `close` is running.
 * - `EINVAL`: `onError` is no function, or the options are no object.
 * @see bundle(3), https://libdill.org/bundle.html
 */
export function bundle(options?: BundleOptions): Bundle {
  if (isShuttingDown()) throw shutDownError("bundle");
  const onError = options === undefined ? null : readOnError(options);
  return makeHandle<Bundle>(new BundleResource(onError), "bundle");
}

function readOnError(options: BundleOptions): OnError | null {
  const what = "a function that takes the error, as in bundle({ onError: (error) => { … } })";
  return new Options(options, "bundle").read("onError", null, what, isFunction);
}

function isFunction(value: unknown): value is OnError {
  return typeof value === "function";
}

/**
 * Starts a coroutine in a bundle.
 *
 * It runs at once, up to the first operation that waits, before `bundleGo` returns. When it ends it leaves
 * no trace in the bundle. If an error escapes it, the bundle has failed: see {@link bundle}. Unlike libdill, where only a
 * coroutine can start another, a callback of Node's may do so too. Never blocks.
 *
 * @param b - The bundle.
 * @param coroutine - The call of a generator function: `worker(1, 2)`, not `worker`.
 * @returns The coroutine, for {@link join}; may be ignored.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, the bundle is being closed, or its run or scope is over.
 * - `ECANCELED`: the calling coroutine is being canceled; nothing was started.
 * - `EINVAL`: it is no generator, or one that was started already.
 * - `ENOTSUP`: the handle is not a bundle.
 *
 * Besides, the error with which the bundle has failed; nothing was started, and what the coroutine was to get is
 * still the caller's.
 * @see bundle_go(3), https://libdill.org/bundle_go.html
 */
export function bundleGo<T>(b: Bundle, coroutine: Coroutine<T>): BundleTask<T> {
  if (isShuttingDown()) throw shutDownError("bundle_go");
  const resource = bundleOf(b, "bundle_go");
  if (resource.takesNobody || resource.owner?.isEnding === true) {
    const message =
      "the bundle is being closed, or what it belongs to is over: it takes no new coroutine";
    throw dillError("EBADF", "bundle_go", message);
  }
  const generator = checkGenerator(coroutine, "bundleGo", "bundle_go");
  if (resource.hasFailed) throw resource.failures?.peek();
  claim(generator);
  return resource.start(generator) as object as BundleTask<T>;
}

/**
 * Waits until all coroutines of a bundle have ended.
 *
 * When the deadline comes first, the coroutines go on: only {@link hclose} ends them. The bundle stays
 * usable. Unlike libdill, any number of coroutines may wait for one bundle.
 *
 * @param b - The bundle.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only look.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open, or was closed meanwhile.
 * - `ECANCELED`: the waiting coroutine is being canceled.
 * - `EINVAL`: the deadline is none.
 * - `ENOTSUP`: the handle is not a bundle.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Besides, the error that escaped a coroutine of the bundle, or an `AggregateError` of several, once the last
 * one has ended.
 * @remarks Cancellation: the coroutines of the bundle go on.
 * @see bundle_wait(3), https://libdill.org/bundle_wait.html
 */
export function bundleWait(b: Bundle, deadline: number): Operation<void> {
  return new BundleWait(b, deadline);
}

class BundleWait extends Wait<void> {
  readonly syscall = "bundle_wait";
  private readonly handle: Bundle;

  constructor(handle: Bundle, deadline: number) {
    super(deadline);
    this.handle = handle;
  }

  protected findEvent(): BundleEnd {
    return new BundleEnd(this.handle, this.syscall);
  }

  protected copy(): BundleWait {
    return new BundleWait(this.handle, this.deadline);
  }

  override waitsFor(): WaitsFor {
    return { what: this.syscall, handle: Number(this.handle) };
  }
}
