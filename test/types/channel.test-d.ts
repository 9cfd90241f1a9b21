import {
  type Bundle,
  bundle,
  bundleGo,
  type Channel,
  chdone,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  hclose,
  hown,
  type Operation,
  owned,
} from "libdill-ts";
import { same } from "./same.js";

const [jobs, results] = chmake<string, number>();
const [one, other] = chmake<number>();
const b = bundle();

// The two ends of a channel look at each other.
same<Channel<string, number>>()(jobs);
same<Channel<number, string>>()(results);
same<Channel<number>>()(one);
same<Channel<number, number>>()(other);

export function* directions(): Coroutine {
  same<void>()(yield* chsend(jobs, "a job", -1));
  same<void>()(yield* chsend(results, 1, -1));
  same<number>()(yield* chrecv(jobs, -1));
  same<string>()(yield* chrecv(results, -1));
  same<Operation<string>>()(chrecv(results, -1));
  same<Operation<void>>()(chsend(results, 1, -1));
}

export function* misuse(): Coroutine {
  // @ts-expect-error A message of the wrong type.
  yield* chsend(one, "1", -1);
  // @ts-expect-error The wrong end: this one sends strings, and receives numbers.
  yield* chsend(jobs, 1, -1);
  // @ts-expect-error The wrong end: this one sends numbers.
  yield* chsend(results, "a job", -1);
  // @ts-expect-error The message does not widen the type of the channel.
  yield* chsend(one, Math.random() < 0.5 ? 1 : "1", -1);
  // @ts-expect-error What is received is a number.
  const job: string = yield* chrecv(jobs, -1);
  // @ts-expect-error A deadline is never left out: -1 is none.
  yield* chsend(one, 1);
  // @ts-expect-error A deadline is never left out: -1 is none.
  yield* chrecv(one);
  // @ts-expect-error A deadline is a number.
  yield* chrecv(one, "soon");
  return void job;
}

export function* kinds(): Coroutine {
  // @ts-expect-error A bundle is no channel.
  yield* chsend(b, 1, -1);
  // @ts-expect-error A bundle is no channel.
  yield* chrecv(b, -1);
  // @ts-expect-error A bundle is no channel.
  chdone(b);
  // @ts-expect-error A number is no handle.
  yield* chrecv(17, -1);
  // @ts-expect-error Both ends at once are no channel.
  yield* chrecv(chmake<number>(), -1);
  // @ts-expect-error A channel is no bundle.
  bundleGo(one, kinds());
  // @ts-expect-error A channel is no bundle.
  const wrong: Bundle = one;
  return void wrong;
}

export function* every(): Coroutine {
  chdone(jobs);
  hclose(jobs);
  same<Channel<string, number>>()(hown(jobs));
  using end = owned(jobs);
  yield* chsend(end, "a job", -1);
  same<number>()(yield* chrecv(end, -1));
  // @ts-expect-error An owned handle keeps the type of what it sends.
  yield* chsend(end, 1, -1);
}

/** Whoever only receives asks for no more than that. */
export function* collect<R>(from: Channel<never, R>, n: number): Coroutine<R[]> {
  const all: R[] = [];
  while (all.length < n) all.push(yield* chrecv(from, -1));
  return all;
}

/** Whoever only sends asks for no more than that. */
export function* produce(to: Channel<string, unknown>): Coroutine {
  yield* chsend(to, "a job", -1);
}

export function* capabilities(): Coroutine {
  same<number[]>()(yield* collect(jobs, 3));
  yield* produce(jobs);
  // An end that takes more than strings takes strings.
  yield* produce(chmake<string | number>()[0]);
  // @ts-expect-error This end sends numbers.
  yield* produce(results);
  // @ts-expect-error An end that sends "a" and "b" alone does not send every string.
  yield* produce(chmake<"a" | "b">()[0]);
  // @ts-expect-error What is received may be a string.
  yield* sum(chmake<number | string>()[1]);
}

export function* sum(from: Channel<never, number>): Coroutine<number> {
  return (yield* chrecv(from, -1)) + (yield* chrecv(from, -1));
}

/** Messages may be anything. */
export function* messages(): Coroutine {
  const [, maybe] = chmake<number | undefined>();
  same<number | undefined>()(yield* chrecv(maybe, -1));
  const [, ends] = chmake<Channel<string, number>>();
  same<number>()(yield* chrecv(yield* chrecv(ends, -1), -1));
  const [nothing] = chmake<void>();
  yield* chsend(nothing, undefined, -1);
  const [anything] = chmake<unknown>();
  yield* chsend(anything, { a: 1 }, -1);
}
