// mocha's `it` for bodies that are coroutines: `it("…", function* () { … })` runs the body with run().
// After each test nothing of ours may be left: no handle, no armed deadline.
import { expect } from "chai";
import { type Coroutine, run } from "libdill-ts";
import { openHandles } from "#src/handles/table.js";
import { armedDeadlines } from "#src/runtime/timers.js";

type Body = (this: Mocha.Context) => Coroutine<unknown> | Promise<void> | void;

export function it(title: string, body: Body): Mocha.Test {
  return globalThis.it(title, async function (this: Mocha.Context) {
    const handles = openHandles();
    const deadlines = armedDeadlines();
    const result = body.call(this);
    if (isCoroutine(result)) await run(result);
    else await result;
    expect(openHandles() - handles, "handles left open").to.equal(0);
    expect(armedDeadlines() - deadlines, "deadlines left armed").to.equal(0);
  });
}

function isCoroutine(value: unknown): value is Coroutine<unknown> {
  return Object.prototype.toString.call(value) === "[object Generator]";
}
