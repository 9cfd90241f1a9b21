// `it` for tests whose body may be a coroutine: a generator function runs through run(), a plain or an
// async one as mocha runs it. After each, nothing of ours may be left that was not there before: no
// open handle, no armed deadline, no live coroutine.
import { deepStrictEqual } from "node:assert/strict";
import { it as mochaIt } from "mocha";
import { type Coroutine, run } from "libdill-ts";
import { simulate } from "libdill-ts/testing";
import { census } from "./census.js";

/** A generator function, an async function or a plain one. */
type Body = (this: Mocha.Context) => Coroutine<unknown> | Promise<unknown> | void;

export function it(title: string, body: Body): Mocha.Test {
  return mochaIt(title, async function (this: Mocha.Context) {
    const before = census();
    if (process.env["VIRTUAL"] !== undefined && isGeneratorFunction(body)) {
      await simulate(() => body.call(this) as Coroutine<unknown>, { cost: 0.001 });
      return;
    }
    const result = body.call(this);
    if (isCoroutine(result)) await run(result);
    else await result;
    deepStrictEqual(census(), before, "the test left something behind");
  });
}

function isCoroutine(result: unknown): result is Coroutine<unknown> {
  return Object.prototype.toString.call(result) === "[object Generator]";
}

function isGeneratorFunction(body: unknown): boolean {
  return Object.prototype.toString.call(body) === "[object GeneratorFunction]";
}
