// Effect's TestClock: the test forks what it tests, adjusts the clock, and joins the fiber.
import { Clock, Effect, Fiber, Option } from "effect";
import { TestClock } from "effect/testing";
import type { Contestants } from "../../contestant.js";
import { answerTakes, attemptTimeout, pauses, retryTakes } from "../retry.js";

const second = 1_000;

export const contestants: Contestants = {
  virtualSleep: (n) =>
    inTest(
      n * second,
      Effect.gen(function* () {
        for (let i = 0; i < n; i++) yield* Effect.sleep(second);
        return (yield* Clock.currentTimeMillis) / second;
      }),
    ),

  async virtualRetry(n) {
    let right = 0;
    for (let i = 0; i < n; i++) right += (await inTest(retryTakes, retry)) === retryTakes ? 1 : 0;
    return right;
  },
};

function inTest<A, E>(duration: number, program: Effect.Effect<A, E>): Promise<A> {
  return Effect.runPromise(
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(program);
      yield* TestClock.adjust(duration);
      return yield* Fiber.join(fiber);
    }).pipe(Effect.provide(TestClock.layer())),
  );
}

const retry = Effect.gen(function* () {
  for (let attempt = 0; ; attempt++) {
    const answer = yield* Effect.timeoutOption(ask(attempt), attemptTimeout);
    if (Option.isSome(answer)) return yield* Clock.currentTimeMillis;
    yield* Effect.sleep(pauses[attempt] ?? 0);
  }
});

/** Only the third attempt is answered in time. */
function ask(attempt: number): Effect.Effect<void> {
  return Effect.sleep(attempt < pauses.length ? 10 * second : answerTakes);
}
