import { type Channel, chsend } from "../channels/index.js";
import { dillError, textOf } from "../errors/index.js";
import { type Operation, operation, readDeadline, type Steps } from "../kernel/index.js";
import { until } from "./until.js";

const syscall = "send_events";

/** What Node's EventEmitter has; `pause` and `resume` are called where they are there. */
export interface EventSource {
  on(name: string, listener: (...args: unknown[]) => void): unknown;
  off(name: string, listener: (...args: unknown[]) => void): unknown;
  pause?(): unknown;
  resume?(): unknown;
}

/** How many events wait before the source is paused. */
const highWaterMark = 16;

/**
 * Sends an emitter's events through a channel, each as the list of its arguments, until it is canceled.
 *
 * While the receiver is slow, events wait; a source that has `pause` and `resume`, as Node's streams do, is paused
 * when 16 of them do. One that has not goes on, and all of its events are kept.
 *
 * @param ch - The channel's end to send through.
 * @param source - An EventEmitter, or what has its `on` and `off`.
 * @param name - The event.
 * @param deadline - Point on the clock of {@link now}, in milliseconds, for all of it; `-1` never.
 * @throws {@link DillError}
 * - `EBADF`: the handle is not open.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `EINVAL`: the deadline is none, or it is no emitter.
 * - `ENOTSUP`: the handle is not a channel.
 * - `EPIPE`: nobody will receive any more.
 * - `ETIMEDOUT`: the deadline came first.
 *
 * Besides, what the emitter emits as `error`.
 * @remarks Cancellation: the listeners are removed. Events that were waiting are dropped.
 * Source: events.on of Node, https://nodejs.org/api/events.html
 */
export function sendEvents<A extends readonly unknown[]>(
  ch: Channel<A, unknown>,
  source: EventSource,
  name: string,
  deadline: number,
): Operation<never> {
  return operation(syscall, () => pump(ch, source, name, deadline));
}

function* pump<A extends readonly unknown[]>(
  ch: Channel<A, unknown>,
  source: EventSource,
  name: string,
  deadline: number,
): Steps<never> {
  readDeadline(deadline, syscall);
  checkSource(source);
  const events: A[] = [];
  let failure: { readonly error: unknown } | undefined;
  let isPaused = false;
  let tell = nobodyWaits;
  const onEvent = (...args: unknown[]): void => {
    events.push(args as unknown as A);
    if (events.length >= highWaterMark && !isPaused) {
      isPaused = true;
      source.pause?.();
    }
    tell();
  };
  const onError = (error: unknown): void => {
    failure ??= { error };
    tell();
  };
  const resume = (): void => {
    isPaused = false;
    source.resume?.();
  };
  try {
    source.on(name, onEvent);
    if (name !== "error") source.on("error", onError);
    for (;;) {
      const event = events.shift();
      if (event !== undefined) {
        if (isPaused && events.length < highWaterMark) resume();
        yield* chsend(ch, event, deadline);
      } else if (failure === undefined) {
        yield* until(() => new Promise<void>((resolve) => (tell = resolve)), deadline);
      } else throw failure.error;
    }
  } finally {
    try {
      source.off(name, onEvent);
    } finally {
      source.off("error", onError);
    }
    if (isPaused) resume();
  }
}

function nobodyWaits(): void {}

function checkSource(source: unknown): void {
  const isEmitter =
    typeof source === "object" && source !== null && "on" in source && "off" in source;
  if (isEmitter) return;
  const message = `sendEvents takes an EventEmitter, not ${textOf(source)}`;
  throw dillError("EINVAL", syscall, message);
}
