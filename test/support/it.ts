// `it` for tests whose body may be a coroutine: a generator function runs through run(), a plain or an
// async one as mocha runs it. After each, nothing of ours may be left that was not there before: no
// open handle, no armed deadline, no live coroutine.
//
// `itBoth` is the same for tests that need no file, no process and no stream of Node's: a coroutine's body runs on Node, and again in
// a simulation, first as in production and then with turns that end anywhere. A file says `import { itBoth as it }`, and takes
// `it` for what needs the real world.
import { deepStrictEqual } from "node:assert/strict";
import { it as mochaIt } from "mocha";
import { type Coroutine, run } from "libdill-ts";
import { census } from "./census.js";
import { walk } from "./walk.js";

/** A generator function, an async function or a plain one. */
type Body = (this: Mocha.Context) => Coroutine<unknown> | Promise<unknown> | void;

export function it(title: string, body: Body): Mocha.Test {
  return mochaIt(title, async function (this: Mocha.Context) {
    const before = census();
    const result = body.call(this);
    if (isCoroutine(result)) await run(result);
    else await result;
    checkCensus(before);
  });
}

/** In the simulation each step takes a microsecond, so that tests which wait for the time to pass come to an end. */
const cost = 0.001;

export function itBoth(title: string, body: Body): Mocha.Test {
  const test = it(title, body);
  if (!isGeneratorFunction(body)) return test;
  mochaIt(`${title}, in a simulation`, async function (this: Mocha.Context) {
    const before = census();
    const seed = seedOf(title);
    await walk(() => body.call(this) as Coroutine<unknown>, 0, { cost });
    try {
      await walk(() => body.call(this) as Coroutine<unknown>, seed, { cost });
    } catch (error) {
      throw new Error(`with turns that end anywhere, WALK_SEED=${seed}: ${String(error)}`, {
        cause: error,
      });
    }
    checkCensus(before);
  });
  return test;
}

/** For tests about something that may need the real world. */
export function itWith({ isReal }: { readonly isReal: boolean }): typeof it {
  return isReal ? it : itBoth;
}

/** The same in each run, unless `WALK_SEED` is a seed, or "any" for another one each time. */
function seedOf(title: string): number {
  const asked = process.env["WALK_SEED"];
  if (asked === "any") return 1 + Math.floor(Math.random() * 2 ** 31);
  return asked === undefined ? 1 + (title.length % 7) : Number(asked);
}

function checkCensus(before: ReturnType<typeof census>): void {
  deepStrictEqual(census(), before, "the test left something behind");
}

function isCoroutine(result: unknown): result is Coroutine<unknown> {
  return Object.prototype.toString.call(result) === "[object Generator]";
}

function isGeneratorFunction(body: unknown): boolean {
  return Object.prototype.toString.call(body) === "[object GeneratorFunction]";
}
