// Programs that go to the edges: many failures at once, loops that never wait, cancellations that come
// at the worst moment.
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import {
  brecv,
  bundle,
  bundleGo,
  bundleWait,
  chdone,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  join,
  msleep,
  now,
  type Operation,
  run,
  scope,
  withDeadline,
} from "libdill-ts";
import { codeOf, rejectionOf, thrownBy, thrownIn } from "./support/failure.js";
import { it } from "./support/it.js";

describe("thousands of coroutines that fail when they are canceled", () => {
  it("all end, and hclose throws all their errors as one", function* () {
    const b = bundle();
    for (let i = 0; i < 5000; i++) bundleGo(b, wrapping());
    const error = thrownBy(() => hclose(b));
    expect(error).to.be.instanceOf(AggregateError);
    expect((error as AggregateError).errors).to.have.length(5000);
    yield;
  });

  it("all end when one of them fails by itself", function* () {
    const b = bundle();
    for (let i = 0; i < 5000; i++) bundleGo(b, wrapping());
    bundleGo(
      b,
      (function* (): Coroutine {
        yield;
        throw new Error("first");
      })(),
    );
    const error = yield* thrownIn(bundleWait(b, -1));
    expect((error as AggregateError).errors).to.have.length(5001);
    hclose(b);
  });
});

describe("a canceled coroutine that loops", () => {
  it("over a broken socket is ended: EDEADLK", function* () {
    const [a, b] = yield* ipcPair();
    const h = go(
      (function* (): Coroutine {
        while (true) {
          try {
            yield* brecv(a, 1, -1);
          } catch {}
        }
      })(),
    );
    expect(thrownBy(() => hclose(h))).to.have.property("code", "EDEADLK");
    hclose(a);
    hclose(b);
  });
});

describe("a loop over operations that never wait", () => {
  const loops: Readonly<Record<string, (done: () => boolean) => Coroutine>> = {
    *chrecv(done) {
      const [a, b] = chmake();
      while (!done()) yield* thrownIn(chrecv(a, 0));
      for (const h of [a, b]) hclose(h);
    },
    *chsend(done) {
      const [a, b] = chmake<number>();
      while (!done()) yield* thrownIn(chsend(a, 1, 0));
      for (const h of [a, b]) hclose(h);
    },
    *choose(done) {
      const [a, b] = chmake();
      chdone(b);
      while (!done()) yield* choose([{ op: "recv", ch: a }], -1);
      for (const h of [a, b]) hclose(h);
    },
    *bundleWait(done) {
      const b = bundle();
      while (!done()) yield* bundleWait(b, -1);
      hclose(b);
    },
    *join(done) {
      while (!done()) {
        const h = go(nothing());
        yield* join(h, -1);
        hclose(h);
      }
    },
    *withDeadline(done) {
      while (!done()) yield* withDeadline(-1, nothing);
    },
    *scope(done) {
      while (!done()) yield* scope(nothing);
    },
  };
  for (const [name, loop] of Object.entries(loops)) {
    it(`lets the process's timers have their turn: ${name}`, function* () {
      let isDone = false;
      setTimeout(() => (isDone = true), 5);
      yield* loop(() => isDone);
    });
  }
});

describe("a cancellation right behind a failure", () => {
  it("hears nothing more of it: ipcPair", async () => {
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = "/nowhere";
    await run(
      (function* (): Coroutine {
        hclose(go(pair()));
        yield;
      })(),
    );
    process.env["TMPDIR"] = before;
    if (before === undefined) delete process.env["TMPDIR"];
    await turn();
  });
});

describe("blocks in blocks in blocks", () => {
  it("are canceled once each when a sibling of the outermost fails", function* () {
    const b = bundle();
    function* nest(depth: number): Coroutine {
      if (depth > 0) yield* withDeadline(-1, () => nest(depth - 1));
      else {
        yield* msleep(now() + 1);
        bundleGo(b, failing());
        yield* msleep(-1);
      }
    }
    bundleGo(b, nest(40));
    expect(yield* thrownIn(bundleWait(b, -1))).to.have.property("message", "failed");
    hclose(b);
  });
});

describe("a deadline that is no number", () => {
  it("is EINVAL, a bigint included", function* () {
    for (const wrong of [10n, "10", null, undefined, {}] as never[]) {
      expect(yield* codeOf(msleep(wrong))).to.equal("EINVAL");
    }
  });
});

describe("a signal that nothing keeps the process alive for", () => {
  it("is waited for all the same", async () => {
    const [a, b] = chmake();
    const waiting = run(receive(chrecv(b, -1)), { signal: AbortSignal.timeout(50) });
    expect(await rejectionOf(waiting)).to.have.property("code", "ECANCELED");
    hclose(a);
    hclose(b);
  });
});

function* wrapping(): Coroutine {
  try {
    yield* msleep(-1);
  } catch (cause) {
    throw new Error("wrapped", { cause });
  }
}

function* nothing(): Coroutine {}

function* pair(): Coroutine {
  yield* ipcPair();
}

function* failing(): Coroutine {
  yield;
  throw new Error("failed");
}

function* receive(operation: Operation<unknown>): Coroutine {
  yield* operation;
}
