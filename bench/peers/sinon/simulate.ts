// Sinon's fake timers under async/await. The test starts what it tests, lets the time pass with tickAsync, and awaits the result; the
// clock is installed and uninstalled for each test, as in beforeEach and afterEach.
import FakeTimers from "@sinonjs/fake-timers";
import type { Contestants } from "../../contestant.js";
import { answerTakes, attemptTimeout, pauses, retryTakes } from "../retry.js";

const second = 1_000;

export const contestants: Contestants = {
  virtualSleep: (n) =>
    withClock(async (clock) => {
      const done = (async () => {
        for (let i = 0; i < n; i++) await sleep(second);
        return Date.now() / second;
      })();
      await clock.tickAsync(n * second);
      return await done;
    }),

  async virtualRetry(n) {
    let right = 0;
    for (let i = 0; i < n; i++) {
      right += await withClock(async (clock) => {
        const done = retry();
        await clock.tickAsync(retryTakes);
        return (await done) === retryTakes ? 1 : 0;
      });
    }
    return right;
  },
};

async function withClock<T>(test: (clock: FakeTimers.Clock) => Promise<T>): Promise<T> {
  const clock = FakeTimers.install();
  try {
    return await test(clock);
  } finally {
    clock.uninstall();
  }
}

async function retry(): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    try {
      await inTime(ask(attempt));
      return Date.now();
    } catch {
      await sleep(pauses[attempt] ?? 0);
    }
  }
}

function sleep(duration: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, duration));
}

/** Only the third attempt is answered in time. */
function ask(attempt: number): Promise<void> {
  return sleep(attempt < pauses.length ? 10 * second : answerTakes);
}

async function inTime(answer: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("too late")), attemptTimeout);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
