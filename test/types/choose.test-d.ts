import {
  bundle,
  type Channel,
  chmake,
  choose,
  type ChooseClause,
  type ChooseResult,
  type Coroutine,
  type DillError,
  go,
  type IpcSocket,
  owned,
  type ReceiveClause,
  type SendClause,
  type WaitClause,
} from "libdill-ts";
import { same } from "./same.js";

const [numbers, otherNumbers] = chmake<number>();
const [requests, replies] = chmake<string, boolean>();

export function* byIndex(): Coroutine {
  const result = yield* choose(
    [
      { op: "recv", ch: numbers },
      { op: "send", ch: requests, value: "a request" },
      { op: "recv", ch: requests },
      { op: "recv", ch: replies },
    ],
    -1,
  );
  same<0 | 1 | 2 | 3>()(result.index);
  same<DillError | undefined>()(result.error);
  if (result.error !== undefined) {
    same<DillError>()(result.error);
    return;
  }
  switch (result.index) {
    case 0:
      same<number>()(result.value);
      break;
    case 1:
      same<undefined>()(result.value);
      break;
    case 2:
      same<boolean>()(result.value);
      break;
    case 3:
      same<string>()(result.value);
      break;
    default:
      same<never>()(result);
  }
}

export function* beforeTheErrorIsRuledOut(): Coroutine {
  const result = yield* choose([{ op: "recv", ch: numbers }], 0);
  same<0>()(result.index);
  same<number | undefined>()(result.value);
  // @ts-expect-error It may have been an EPIPE.
  const value: number = result.value;
  // @ts-expect-error There is one clause only.
  if (result.index === 1) return;
  void value;
}

export function* misuse(): Coroutine {
  // @ts-expect-error The value does not fit the channel.
  yield* choose([{ op: "send", ch: numbers, value: "1" }], -1);
  // @ts-expect-error The wrong end: this one sends booleans.
  yield* choose([{ op: "send", ch: replies, value: "a request" }], -1);
  // @ts-expect-error A send has a value.
  yield* choose([{ op: "send", ch: numbers }], -1);
  // @ts-expect-error There is no such op.
  yield* choose([{ op: "receive", ch: numbers }], -1);
  // @ts-expect-error A bundle is no channel.
  yield* choose([{ op: "recv", ch: bundle() }], -1);
  // @ts-expect-error A deadline is never left out: -1 is none.
  yield* choose([{ op: "recv", ch: numbers }]);
  // @ts-expect-error The clauses are a list.
  yield* choose({ op: "recv", ch: numbers }, -1);
  yield* choose(
    [
      { op: "recv", ch: numbers },
      {
        op: "send",
        ch: otherNumbers,
        // @ts-expect-error The value of a later clause is checked, too, and the error names nothing else.
        value: "1",
      },
    ],
    -1,
  );
}

export function* otherLists(): Coroutine {
  // An empty list is a wait.
  same<never>()(yield* choose([], -1));

  // One that was made before.
  const clauses = [
    { op: "recv", ch: numbers },
    { op: "recv", ch: replies },
  ] as const;
  const fixed = yield* choose(clauses, -1);
  same<ChooseResult<typeof clauses>>()(fixed);
  if (fixed.index === 1 && fixed.error === undefined) same<string>()(fixed.value);

  // One of any length, all of one kind.
  const channels: Channel<number>[] = [];
  const any = yield* choose(
    channels.map((ch) => ({ op: "recv", ch }) as const),
    -1,
  );
  same<number>()(any.index);
  if (any.error === undefined) same<number>()(any.value);

  // One that was put together step by step.
  const receives: ReceiveClause<number>[] = [{ op: "recv", ch: numbers }];
  const received = yield* choose(receives, -1);
  if (received.error === undefined) same<number>()(received.value);
  const sends: SendClause<number>[] = [{ op: "send", ch: numbers, value: 1 }];
  same<undefined>()((yield* choose(sends, -1)).value);
  const both: ChooseClause<number, string>[] = [...sends, { op: "recv", ch: replies }];
  const either = yield* choose(both, -1);
  if (either.error === undefined) same<string | undefined>()(either.value);

  // @ts-expect-error A clause's value fits its channel, in such a list, too.
  sends.push({ op: "send", ch: numbers, value: "1" });
  // @ts-expect-error This end sends strings.
  sends.push({ op: "send", ch: requests, value: 1 });
  // @ts-expect-error This end receives booleans.
  receives.push({ op: "recv", ch: requests });

  // Owned handles are channels.
  using end = owned(replies);
  const reply = yield* choose([{ op: "recv", ch: end }], -1);
  if (reply.error === undefined) same<string>()(reply.value);
}

const child = go(
  (function* () {
    return 1n;
  })(),
);

export function* otherThanMessages(signal: AbortSignal, s: IpcSocket): Coroutine {
  const result = yield* choose(
    [
      { op: "recv", ch: numbers },
      { op: "join", h: child },
      { op: "until", promise: Promise.resolve("text") },
      { op: "abort", signal },
      { op: "readable", s },
      { op: "deadline", deadline: 1 },
      { op: "bundleWait", b: child },
    ],
    -1,
  );
  if (result.error !== undefined) {
    // A coroutine, or whoever made the promise, may throw anything.
    same<0 | 1 | 2 | 6>()(result.index);
    if (result.index === 0) same<DillError>()(result.error);
    else void (result.error satisfies object | string | number | bigint | boolean | symbol);
    return;
  }
  if (result.index === 1) same<bigint>()(result.value);
  else if (result.index === 2) same<string>()(result.value);
  else if (result.index === 3) same<unknown>()(result.value);
  else if (result.index === 4) same<undefined>()(result.value);

  const some: (ChooseClause<number, string> | WaitClause)[] = [];
  some.push({ op: "abort", signal }, { op: "send", ch: numbers, value: 1 });
  yield* choose(some, -1);
  // @ts-expect-error A number is no handle.
  yield* choose([{ op: "readable", s: 1 }], -1);
  // @ts-expect-error A channel is received from.
  yield* choose([{ op: "readable", s: numbers }], -1);
  // @ts-expect-error An owned channel, too.
  yield* choose([{ op: "readable", s: owned(numbers) }], -1);
  // @ts-expect-error A bundle carries no bytes.
  yield* choose([{ op: "readable", s: child }], -1);
  // @ts-expect-error A bundle has no value to join.
  yield* choose([{ op: "join", h: bundle() }], -1);
}
