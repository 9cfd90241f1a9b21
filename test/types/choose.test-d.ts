// Compiled only: what must not compile is marked so.
import { chmake, choose, type ChooseResult, type Coroutine, type DillError } from "libdill-ts";
import { same } from "./same.js";

export function* typesOfChoices(): Coroutine {
  const [texts, textsEnd] = chmake<string>();
  const [numbers, numbersEnd] = chmake<number>();

  const result = yield* choose(
    [
      { op: "recv", ch: textsEnd },
      { op: "recv", ch: numbersEnd },
      { op: "send", ch: texts, value: "text" },
    ],
    -1,
  );
  same<0 | 1 | 2>()(result.index);
  if (result.error !== undefined) {
    same<DillError>()(result.error);
  } else if (result.index === 0) {
    same<string>()(result.value);
  } else if (result.index === 1) {
    same<number>()(result.value);
  } else {
    same<undefined>()(result.value);
  }

  const list = [texts, texts].map((ch) => ({ op: "recv", ch }) as const);
  const one = yield* choose(list, -1);
  same<number>()(one.index);
  same<string | undefined>()(one.value);
  same<ChooseResult<readonly []>>()(yield* choose([], 0));

  // @ts-expect-error numbers go through this channel
  yield* choose([{ op: "send", ch: numbers, value: "text" }], -1);
  // @ts-expect-error what to send is missing
  yield* choose([{ op: "send", ch: numbers }], -1);
  // @ts-expect-error there is no such operation
  yield* choose([{ op: "peek", ch: numbers }], -1);
  // @ts-expect-error a deadline is missing
  yield* choose([{ op: "recv", ch: numbers }]);
}
