import { expect } from "chai";
import fc from "fast-check";
import { describe } from "mocha";
import {
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  go,
  type Handle,
  hclose,
  isErrno,
  msleep,
  now,
  run,
  scope,
  withDeadline,
} from "libdill-ts";
import { census } from "../support/census.js";
import { it } from "../support/it.js";

/** A coroutine: whom it starts and how, and what it does after that. */
interface Node {
  readonly how: "go" | "bundle" | "scope" | "deadline";
  readonly afterwards: "return" | "throw" | "sleep" | "nap" | "yield" | "wait" | "swallow";
  /** Whether it closes what it has started itself. */
  readonly isTidy: boolean;
  readonly children: readonly Node[];
}

/** A tree of at most that many levels. */
const tree: (levels: number) => fc.Arbitrary<Node> = fc.memo((levels) =>
  fc.record({
    how: fc.constantFrom("go", "bundle", "scope", "deadline"),
    afterwards: fc.constantFrom("return", "throw", "sleep", "nap", "yield", "wait", "swallow"),
    isTidy: fc.boolean(),
    children: levels > 1 ? fc.array(tree(levels - 1), { maxLength: 3 }) : fc.constant([]),
  }),
);

/** When the root is canceled. */
const moment = fc.constantFrom(
  "at once",
  "after a turn",
  "after turns",
  "after a nap",
  "by the end",
);

describe("a tree of coroutines, however it is started and canceled", () => {
  it("finishes each of them once, through its finally, and leaves nothing", async () => {
    await fc.assert(
      fc.asyncProperty(tree(4), moment, async (root, when) => {
        const before = census();
        const count = { started: 0, finished: 0 };
        try {
          await run(growAndCancel(root, when, count));
        } catch (error) {
          expectOops(error);
        }
        expect(count.finished).to.equal(count.started);
        expect(count.started).to.be.greaterThan(0);
        expect(census()).to.deep.equal(before);
      }),
      { numRuns: 300 },
    );
  });

  it("does so also under an AbortSignal", async () => {
    await fc.assert(
      fc.asyncProperty(tree(4), fc.integer({ min: 0, max: 3 }), async (root, turns) => {
        const before = census();
        const count = { started: 0, finished: 0 };
        const controller = new AbortController();
        const done = run(visit(root, count), { signal: controller.signal });
        const outcome = done.catch((error: unknown) => {
          if (!isErrno(error, "ECANCELED")) expectOops(error);
        });
        for (let i = 0; i < turns; i++) await new Promise(setImmediate);
        controller.abort();
        await outcome;
        expect(count.finished).to.equal(count.started);
        expect(census()).to.deep.equal(before);
      }),
      { numRuns: 200 },
    );
  });
});

interface Count {
  started: number;
  finished: number;
}

const oops = new Error("oops");

/** Nothing else goes wrong in these trees. */
function expectOops(error: unknown): void {
  if (error instanceof AggregateError) for (const one of error.errors) expectOops(one);
  else expect(error).to.equal(oops);
}

function* growAndCancel(root: Node, when: string, count: Count): Coroutine {
  const h = go(visit(root, count));
  if (when === "by the end") return;
  if (when === "after a turn") yield;
  if (when === "after turns") for (let i = 0; i < 5; i++) yield;
  if (when === "after a nap") yield* msleep(now() + 1);
  hclose(h);
}

function* visit(node: Node, count: Count): Coroutine {
  count.started++;
  const handles: Handle[] = [];
  try {
    if (node.how === "scope") {
      yield* scope(function* (b) {
        for (const child of node.children) bundleGo(b, visit(child, count));
        yield* act(node);
      });
    } else if (node.how === "deadline") {
      for (const child of node.children) {
        yield* withDeadline(now() + 1, () => visit(child, count));
      }
      yield* act(node);
    } else {
      const b = bundle();
      handles.push(b);
      for (const child of node.children) {
        if (node.how === "bundle") bundleGo(b, visit(child, count));
        else handles.push(go(visit(child, count)));
      }
      yield* act(node, b);
    }
  } catch (error) {
    if (!isErrno(error, "ETIMEDOUT")) throw error;
  } finally {
    count.finished++;
    if (node.isTidy) closeAll(handles);
  }
}

function* act(node: Node, b?: Bundle): Coroutine {
  switch (node.afterwards) {
    case "return":
      return;
    case "throw":
      throw oops;
    case "sleep":
      yield* msleep(now() + 2);
      return;
    case "nap":
      yield* msleep(0);
      return;
    case "yield":
      yield;
      return;
    case "wait":
      yield* b === undefined ? msleep(0) : bundleWait(b, now() + 2);
      return;
    case "swallow":
      try {
        yield* msleep(now() + 2);
      } catch {}
  }
}

function closeAll(handles: readonly Handle[]): void {
  const errors: unknown[] = [];
  for (const h of handles) {
    try {
      hclose(h);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors);
}
