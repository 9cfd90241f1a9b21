// What a program can see of itself: the same for every operation, wherever its wait stands.
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  type CoroutineSnapshot,
  dump,
  go,
  hclose,
  ipcAccept,
  ipcListen,
  join,
  msleep,
  named,
  now,
  run,
  scope,
  snapshot,
  withDeadline,
  yieldNow,
} from "libdill-ts";
import { allBlocked } from "libdill-ts/testing";
import { thrownBy } from "../support/failure.js";
import { itBoth, it as itOnNode, itWith } from "../support/it.js";
import type { Waits } from "../support/operationCase.js";
import { operations } from "../support/operations.js";
import { socketPath } from "../support/tempDir.js";

/** These wait for nothing but their turn. */
const neverBlocked = new Set(["yieldNow", "a bare yield"]);

for (const operation of operations.filter(({ name }) => !neverBlocked.has(name))) {
  describe(`a snapshot while a coroutine waits in ${operation.name}`, () => {
    const it = itWith(operation);

    it("has the whole chain of yield*, and leaves the wait as it is", function* () {
      const waiting = yield* operation.set();
      const b = bundle();
      bundleGo(b, outer(waiting.op()));
      yield* allBlocked();
      const before = seen("outer");
      expect(functionsOf(before)).to.deep.equal(["inner", "middle", "outer"]);
      for (let i = 0; i < 20; i++) snapshot();
      const { age, since, deadline, ...same } = before;
      expect([age, since, deadline ?? 0].every(Number.isInteger)).to.equal(true);
      expect(seen("outer")).to.deep.include(same);
      if (waiting.release !== undefined) {
        yield* waiting.release();
        yield* bundleWait(b, now() + 5000);
      }
      hclose(b);
      waiting.close();
    });
  });
}

describe("a snapshot", () => {
  const it = itBoth;

  it("tells who has started whom, and in which bundle", function* () {
    const b = bundle();
    bundleGo(
      b,
      named(
        "parent",
        (function* (): Coroutine {
          yield* scope(function* (inside) {
            bundleGo(inside, named("child", asleep()));
            yield* named("body", asleep());
          });
        })(),
      ),
    );
    const [parent, body, child] = ["parent", "", "child"].map(find);
    expect(parent).to.include({ parent: main().id, bundle: Number(b) });
    expect(child).to.include({ parent: parent?.id });
    expect(child?.bundle).to.be.a("number").and.not.equal(Number(b));
    expect(body).to.include({ bundle: null });
    hclose(b);

    function find(name: string): CoroutineSnapshot | undefined {
      const { coroutines } = snapshot();
      return name === ""
        ? coroutines.find((each) => each.bundle === null && each.parent !== null)
        : coroutines.find((each) => each.name === name);
    }
  });

  it("finds the coroutines of one that has ended", function* () {
    const handles: number[] = [];
    const starter = go(
      (function* (): Coroutine {
        handles.push(go(named("left", asleep())));
        yield* yieldNow();
      })(),
    );
    yield* join(starter, -1);
    expect(seen("left")).to.include({ parent: null, bundle: handles[0] });
    hclose(starter);
    for (const h of handles) hclose(h as never);
  });

  it("tells what is waited for, and until when", function* () {
    const [a] = chmake<number>();
    const [z] = chmake<number>();
    const worker = go(named("worker", asleep()));
    const b = bundle();
    bundleGo(b, named("joining", joining(worker)));
    bundleGo(b, named("choosing", choosing(z)));
    bundleGo(b, named("limited", limited(a)));
    const { id } = seen("worker");
    expect(seen("joining").waits).to.deep.equal({
      what: "join",
      handle: Number(worker),
      coroutines: [id],
    });
    expect(seen("choosing").waits).to.deep.equal({
      what: "choose",
      clauses: [{ what: "recv", handle: Number(z) }, { what: "deadline" }],
    });
    expect(seen("limited").waits).to.deep.equal({ what: "chsend", handle: Number(a) });
    expect(seen("limited").deadline).to.be.within(9_000, 10_000);
    expect(seen("worker")).not.to.have.property("deadline");
    for (const h of [b, worker, a, z]) hclose(h);

    function* joining(h: typeof worker): Coroutine {
      yield* join(h, -1);
    }
    function* choosing(ch: typeof z): Coroutine {
      yield* choose(
        [
          { op: "recv", ch },
          { op: "deadline", deadline: now() + 10_000 },
        ],
        -1,
      );
    }
    function* limited(ch: typeof a): Coroutine {
      yield* chsend(ch, 1, now() + 10_000);
    }
  });

  itOnNode("tells who is running, ready, told and canceled", function* () {
    const b = bundle();
    const [a, z] = chmake<number>();
    const states: [string, string][] = [];
    bundleGo(b, named("told", stubborn()));
    bundleGo(b, named("ready", receiving()));
    yield* chsend(a, 1, -1);
    note("ready");
    expect(main()).to.include({ state: "running", canceled: "no" });
    const closer = go(
      (function* (): Coroutine {
        yield* bundleClose(b, now() + 20);
      })(),
    );
    note("told");
    yield* yieldNow();
    note("told");
    yield* join(closer, -1);
    expect(states).to.deep.equal([
      ["ready", "no"],
      ["ready", "told"],
      ["blocked", "told"],
      ["running", "yes"],
    ]);
    for (const h of [closer, a, z]) hclose(h);

    function note(name: string): void {
      const { state, canceled } = seen(name);
      states.push([state, canceled]);
    }
    function* stubborn(): Coroutine {
      try {
        yield* asleep();
      } finally {
        try {
          yield* asleep();
        } finally {
          note("told");
        }
      }
    }
    function* receiving(): Coroutine {
      yield* chrecv(z, -1);
    }
  });

  it("tells how long each has waited and lived, to a tenth of a second", function* () {
    const b = go(named("old", asleep()));
    yield* msleep(now() + 300);
    const { age, since } = seen("old");
    expect(age).to.be.within(200, 2000);
    expect(since).to.be.within(200, 2000);
    hclose(b);
  });

  it("leaves the lines out where nobody wants them", function* () {
    const b = go(named("quick", asleep()));
    expect(snapshot({ places: false }).coroutines.every(({ at }) => at === undefined)).to.equal(
      true,
    );
    expect(thrownBy(() => snapshot({ places: 1 as never }))).to.have.property("code", "EINVAL");
    hclose(b);
    yield;
  });

  it("lists the handles with what they are, and where they lead to", function* () {
    const [a] = chmake<number>();
    const path = socketPath();
    const ls = yield* ipcListen(path, 1);
    const accepting = go(accept(ls));
    const { handles } = snapshot();
    expect(handles.find(({ handle }) => handle === Number(a))).to.include({ kind: "channel" });
    expect(handles.find(({ handle }) => handle === Number(ls))).to.include({
      kind: "ipc listener",
      address: path,
    });
    expect(seen("accept").waits).to.deep.equal({
      what: "ipcAccept",
      handle: Number(ls),
      address: path,
    });
    hclose(accepting);
    hclose(ls);

    function* accept(listener: typeof ls): Coroutine {
      yield* ipcAccept(listener, -1);
    }
  });

  it("is the same under a stack that is deep already", function* () {
    const b = go(named("deep", outer(msleep(-1))));
    expect(functionsOf(below(200))).to.deep.equal(["inner", "middle", "outer"]);
    hclose(b);
    yield;

    function below(depth: number): CoroutineSnapshot {
      return depth === 0 ? seen("deep") : below(depth - 1);
    }
  });

  it("has no lines where the stack may not have room for a coroutine's chain, and ends none", function* () {
    const [near, far] = chmake<number>();
    const long = go(named("long", chainOf(3000)));
    for (const depth of [600, 3000, 6000]) expect(below(depth)).not.to.have.property("at");
    yield* chsend(near, 42, -1);
    expect(yield* join(long, -1)).to.equal(42);
    for (const h of [long, near, far]) hclose(h);

    function below(depth: number): CoroutineSnapshot {
      return depth === 0 ? seen("long") : below(depth - 1);
    }
    function* chainOf(length: number): Coroutine<number> {
      return yield* length === 0 ? chrecv(far, -1) : chainOf(length - 1);
    }
  });

  it("can be sent as JSON", function* () {
    const b = go(named("sent", outer(withDeadline(now() + 1000, asleep))));
    const taken = snapshot();
    expect(JSON.parse(JSON.stringify(taken))).to.deep.equal(taken);
    hclose(b);
    yield;
  });

  itOnNode(
    "has no lines where the program has put something of its own into V8's place, and throws nothing",
    async () => {
      const { captureStackTrace } = Error;
      for (const own of [undefined, thrower]) {
        Reflect.set(Error, "captureStackTrace", own);
        try {
          await run(looking());
        } finally {
          Reflect.set(Error, "captureStackTrace", captureStackTrace);
        }
      }

      function thrower(): never {
        throw new Error("mine");
      }
      function* looking(): Coroutine {
        const b = go(named("quiet", asleep()));
        expect(seen("quiet")).not.to.have.property("at");
        hclose(b);
        yield;
      }
    },
  );

  it("has no line of a coroutine whose stacks the program writes in its own way", function* () {
    const b = go(named("strange", asleep()));
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = (_, frames) => frames;
    try {
      expect(seen("strange")).not.to.have.property("at");
    } finally {
      Reflect.set(Error, "prepareStackTrace", prepareStackTrace);
    }
    hclose(b);
    yield;
  });

  itOnNode(
    "is offered to tools in other processes by one property of the global object",
    async () => {
      const offers = Reflect.get(globalThis, Symbol.for("libdill-ts")) as readonly {
        readonly format: number;
        snapshot(): { readonly coroutines: readonly unknown[] };
      }[];
      const { format } = offers.at(-1) ?? {};
      expect(format).to.equal(1);
      await run(
        (function* () {
          expect(offers.map((offer) => offer.snapshot().coroutines.length)).to.include(1);
          yield;
        })(),
      );
    },
  );
});

describe("dump", () => {
  const it = itBoth;

  it("draws the tree, and tells those that are alike once", function* () {
    const [a, z] = chmake<number>();
    const b = bundle();
    for (let i = 0; i < 3; i++) bundleGo(b, take());
    const single = go(named("the one", outer(msleep(now() + 5000))));
    const [counts, , alike, alone] = dump()
      .split("\n")
      .map((line) => line.replace(/\S*snapshot\.test\.[jt]s:\d+/, "HERE").replace(/#\d+/, "#1"));
    expect(counts).to.equal("5 coroutines, 4 handles");
    expect(alike).to.match(/^├─ 3 × take \[bundle \d+\] {2}chrecv {2}HERE {2}\d+ ms$/);
    expect(alone).to.match(
      /^└─ #1 the one \[bundle \d+\] {2}msleep {2}inner HERE {2}\d+ ms, (5 s|\d+ ms) left$/,
    );
    for (const h of [b, single, a, z]) hclose(h);
    yield;

    function* take(): Coroutine {
      yield* chrecv(z, -1);
    }
  });

  itOnNode("says so where there is nothing", () => {
    expect(dump()).to.equal("0 coroutines, 0 handles\n");
  });
});

describe("the tree", () => {
  const it = itBoth;

  it("is not indented without end, and escapes what a terminal would obey", function* () {
    const first = go(chain(100));
    const b = go(named("evil \x1b[2J\n#0 forged", asleep()));
    yield* allBlocked();
    const lines = dump().split("\n");
    expect(lines).to.have.length(104);
    expect(lines.some((line) => line.includes("(100 deep) #"))).to.equal(true);
    expect(Math.max(...lines.map(({ length }) => length))).to.be.below(300);
    expect(lines.at(-2)).to.include("evil \\u001b[2J\\n#0 forged ");
    hclose(b);
    hclose(first);

    function* chain(left: number): Coroutine {
      if (left > 1) yield* join(go(chain(left - 1)), -1);
      else yield* asleep();
    }
  });
});

describe("named", () => {
  const it = itBoth;

  it("is EINVAL without a name or a coroutine, and starts nothing", function* () {
    const wrong: readonly (() => unknown)[] = [
      () => named("", asleep()),
      () => named(1 as never, asleep()),
      () => named("name", asleep as never),
      () => named("name", undefined as never),
    ];
    for (const call of wrong) expect(thrownBy(call)).to.have.property("code", "EINVAL");
    yield;
  });

  it("passes the coroutine on with its type", function* () {
    const h = go(named("answer", answer()));
    const value: number = yield* join(h, -1);
    expect(value).to.equal(42);
    hclose(h);

    function* answer(): Coroutine<number> {
      yield;
      return 42;
    }
  });
});

function* asleep(): Coroutine {
  yield* msleep(-1);
}

function* inner(op: Waits): Coroutine {
  yield* op;
}

function* middle(op: Waits): Coroutine {
  try {
    yield* inner(op);
  } finally {
    void 0;
  }
}

function* outer(op: Waits): Coroutine {
  yield* middle(op);
}

function functionsOf({ at = [] }: CoroutineSnapshot): string[] {
  return at.map(({ name }) => name).filter((name) => ["inner", "middle", "outer"].includes(name));
}

function main(): CoroutineSnapshot {
  return snapshot().coroutines[0] as CoroutineSnapshot;
}

function seen(name: string): CoroutineSnapshot {
  const found = snapshot().coroutines.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no coroutine is called ${name}:\n${dump()}`);
  return found;
}
