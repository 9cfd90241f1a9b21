// What holds for every operation that fails with an error to be debugged: its stack begins with the user's line.
import { expect } from "chai";
import {
  copyBidirectional,
  type Coroutine,
  DillError,
  go,
  happyeyeballsConnect,
  hclose,
  ipcPair,
  isErrno,
  run,
  yieldNow,
} from "libdill-ts";
import { isHouseFrame, userStack } from "#src/errors/stacks.js";
import { rejectionOf } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";
import type { Waits } from "../support/operationCase.js";
import { operations } from "../support/operations.js";
import { freePort } from "../support/socksPeers.js";

describe("the stack of an error begins with the user's line, if", () => {
  for (const { name, set } of operations) {
    it(`${name} is given a deadline that is none`, function* () {
      const { op, close } = yield* set();
      expectUsersLine(yield* errorOf(op(Number.NaN), () => {}));
      close();
    });

    it(`what ${name} waits for is closed meanwhile`, function* () {
      const { op, close } = yield* set();
      expectUsersLine(yield* errorOf(op(), close));
    });
  }

  it("both directions of a copy fail, too", function* () {
    const [[left, a], [b, right]] = [yield* ipcPair(), yield* ipcPair()];
    const error = yield* errorOf(copyBidirectional(a, b, -1), () => {
      for (const h of [a, b]) hclose(h);
    });
    const all = error instanceof AggregateError ? error.errors : [error];
    for (const each of all) expectUsersLine(each);
    expect(isErrno(error, "EBADF")).to.equal(true);
    for (const h of [left, right]) hclose(h);
  });

  it("nobody answers at any address of a name", async () => {
    const error = await rejectionOf(
      run(
        (function* () {
          return yield* theUser(happyeyeballsConnect("localhost", yield* freePort(), -1));
        })(),
      ),
    );
    expect(isErrno(error, "ECONNREFUSED")).to.equal(true);
    expectUsersLine(error);
  });
});

function* theUser(operation: Waits): Coroutine<unknown> {
  return yield* operation;
}

/** What the operation throws while it waits, after something has happened. */
function* errorOf(operation: Waits, happen: () => void): Coroutine<unknown> {
  let found: unknown;
  const waiting = go(
    (function* () {
      try {
        yield* theUser(operation);
      } catch (error) {
        found = error;
      }
    })(),
  );
  yield* yieldNow();
  happen();
  for (let i = 0; i < 10; i++) yield* yieldNow();
  hclose(waiting); // if it waits for something else
  return found;
}

/** Cancellations, deadlines and ends are control flow, and have no stack. */
function expectUsersLine(error: unknown): void {
  if (!(error instanceof DillError) || isErrno(error, "ECANCELED", "EPIPE", "ETIMEDOUT")) return;
  userStack(error);
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  expect(isHouseFrame(frames[0] ?? ""), error.stack).to.equal(false);
  expect(
    frames.some((line) => line.startsWith("    at theUser ")),
    error.stack,
  ).to.equal(true);
}
