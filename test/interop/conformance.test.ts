// What Effection promises of its own operations, with ours inside; and what it loses of them, and we don't.
import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import {
  all,
  race,
  resource,
  run as effectionRun,
  scoped,
  sleep,
  spawn,
  suspend,
  type Operation as EffectionOperation,
} from "effection";
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chdone,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  type Handle,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  ipcPair,
  join,
  msleep,
  now,
  type Operation,
  scope,
  until,
  withDeadline,
} from "libdill-ts";
import { fromEffection, toEffection } from "libdill-ts/effection";
import { descriptors } from "../support/descriptors.js";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { socketPath } from "../support/tempDir.js";

/** An operation of ours that waits, and what shows that it has left no trace. */
interface Scene {
  readonly waiting: Operation<unknown>;
  readonly check: () => EffectionOperation<void>;
  readonly handles: readonly Handle[];
}

function* nothing(): EffectionOperation<void> {}

const scenes: Record<string, () => Operation<Scene>> = {
  *msleep() {
    return { waiting: msleep(-1), check: nothing, handles: [] };
  },
  *chrecv() {
    const [a, b] = chmake<number>();
    const waiting = chrecv(b, -1);
    function* check(): Operation<void> {
      expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    }
    return { waiting, check, handles: [a, b] };
  },
  *chsend() {
    const [a, b] = chmake<number>();
    function* check(): Operation<void> {
      expect(yield* codeOf(chrecv(b, 0))).to.equal("ETIMEDOUT");
    }
    return { waiting: chsend(a, 1, -1), check, handles: [a, b] };
  },
  *choose() {
    const [a, b] = chmake<number>();
    const [c, d] = chmake<number>();
    const waiting = choose(
      [
        { op: "recv", ch: b },
        { op: "send", ch: c, value: 1 },
      ],
      -1,
    );
    function* check(): Operation<void> {
      expect(yield* codeOf(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(chrecv(d, 0))).to.equal("ETIMEDOUT");
    }
    return { waiting, check, handles: [a, b, c, d] };
  },
  *ipcAccept() {
    const path = socketPath();
    const ls = yield* ipcListen(path, 10);
    function* check(): Operation<void> {
      const client = yield* ipcConnect(path, -1);
      hclose(yield* ipcAccept(ls, -1));
      hclose(client);
    }
    return { waiting: ipcAccept(ls, -1), check, handles: [ls] };
  },
  *brecv() {
    const [a, b] = yield* ipcPair();
    function* check(): Operation<void> {
      // No byte had come: the direction is whole.
      yield* bsend(a, Buffer.from("y"), -1);
      expect(String(yield* brecv(b, 1, -1))).to.equal("y");
    }
    return { waiting: brecv(b, 1, -1), check, handles: [a, b] };
  },
  *brecvSome() {
    const [a, b] = yield* ipcPair();
    function* check(): Operation<void> {
      yield* bsend(a, Buffer.from("x"), -1);
      expect(String(yield* brecvSome(b, 9, -1))).to.equal("x");
    }
    return { waiting: brecvSome(b, 9, -1), check, handles: [a, b] };
  },
  *bundleWait() {
    const b = bundle();
    bundleGo(b, forever());
    return { waiting: bundleWait(b, -1), check: nothing, handles: [b] };
  },
  *join() {
    const h = go0();
    return { waiting: join(h.task, -1), check: nothing, handles: [h.b] };
  },
  *scope() {
    const log: string[] = [];
    const waiting = scope(function* () {
      try {
        yield* msleep(-1);
      } finally {
        log.push("ended");
      }
    });
    function* check(): Operation<void> {
      expect(log).to.deep.equal(["ended"]);
    }
    return { waiting, check, handles: [] };
  },
  *withDeadline() {
    const waiting = withDeadline(now() + 100_000, forever);
    return { waiting, check: nothing, handles: [] };
  },
  *until() {
    let signal: AbortSignal | undefined;
    const waiting = until((given) => {
      signal = given;
      return new Promise(() => {});
    }, -1);
    function* check(): Operation<void> {
      expect(signal?.aborted).to.equal(true);
    }
    return { waiting, check, handles: [] };
  },
  *fromEffection() {
    return { waiting: fromEffection(suspend()), check: nothing, handles: [] };
  },
  *toEffection() {
    return { waiting: toEffection(forever), check: nothing, handles: [] };
  },
};

function* forever(): Generator<never, void> {
  yield* msleep(-1) as Iterable<never, void>;
}

/** A coroutine outside any run: go wants one. */
function go0() {
  const b = bundle();
  return { b, task: bundleGo(b, forever()) };
}

const endings: Record<string, (waiting: Operation<unknown>) => EffectionOperation<void>> = {
  *"when it loses a race"(waiting) {
    const winner = (function* () {
      yield* sleep(10); // until it waits: a guest has its turn first
      return "winner";
    })();
    expect(yield* race([waiting, winner])).to.equal("winner");
  },
  *"when its task is halted"(waiting) {
    const task = yield* spawn(() => waiting);
    yield* sleep(10);
    yield* task.halt();
  },
  *"when a scope ends that it was spawned in"(waiting) {
    yield* scoped(function* () {
      yield* spawn(() => waiting);
      yield* sleep(10);
    });
  },
  *"when a sibling in all fails"(waiting) {
    const failing = (function* () {
      yield* sleep(10);
      throw new Error("sibling");
    })();
    try {
      yield* all([waiting, failing]);
      expect.fail("all did not fail");
    } catch (error) {
      expect(error).to.have.property("message", "sibling");
    }
  },
  *"when the resource ends that runs it"(waiting) {
    yield* scoped(function* () {
      yield* resource<void>(function* (provide) {
        yield* spawn(() => waiting);
        yield* provide();
      });
      yield* sleep(10);
    });
  },
};

for (const [name, make] of Object.entries(scenes)) {
  describe(`${name} in an Effection program`, () => {
    for (const [ending, end] of Object.entries(endings)) {
      it(`leaves nothing behind ${ending}`, async () => {
        await effectionRun(function* () {
          const { waiting, check, handles } = yield* make();
          yield* end(waiting);
          yield* check();
          for (const h of handles) hclose(h);
        });
      });
    }
  });
}

describe("results that come in one turn, of which Effection drops one", () => {
  it("leave both messages where two receives race: one is returned", async () => {
    await effectionRun(function* () {
      const [a, b] = chmake<string>();
      const [c, d] = chmake<string>();
      const task = yield* spawn(() => race([chrecv(b, -1), chrecv(d, -1)]));
      yield* sleep(10);
      yield* bothAtOnce(a, c);
      const won = yield* task;
      const other = won === "one" ? yield* chrecv(d, -1) : yield* chrecv(b, -1);
      expect([won, other]).to.have.members(["one", "two"]);
      for (const h of [a, b, c, d]) hclose(h);
    });
  });

  it("leave what was there before the race: it takes from one channel", async () => {
    await effectionRun(function* () {
      const [a, b] = chmake<string>();
      const [c, d] = chmake<string>();
      const sending = yield* spawn(() => all([chsend(a, "one", -1), chsend(c, "two", -1)]));
      yield* sleep(10);
      expect(yield* race([chrecv(b, -1), chrecv(d, -1)])).to.equal("one");
      expect(yield* chrecv(d, now() + 1000)).to.equal("two");
      yield* sending;
      for (const h of [a, b, c, d]) hclose(h);
    });
  });

  it("leave what was there before the race: it receives from one socket", async () => {
    await effectionRun(function* () {
      const [a, b] = yield* ipcPair();
      const [c, d] = yield* ipcPair();
      yield* bsend(a, Buffer.from("one"), -1);
      yield* bsend(c, Buffer.from("two"), -1);
      for (const s of [b, d]) yield* choose([{ op: "readable", s }], -1);
      expect(String(yield* race([brecv(b, 3, -1), brecv(d, 3, -1)]))).to.equal("one");
      expect(String(yield* brecv(d, 3, now() + 1000))).to.equal("two");
      for (const h of [a, b, c, d]) hclose(h);
    });
  });

  it("leave the message to a choose, and before the end of the channel", async () => {
    await effectionRun(function* () {
      const [a, b] = chmake<string>();
      const [c, d] = chmake<string>();
      const task = yield* spawn(() =>
        race([choose([{ op: "recv", ch: b }], -1), choose([{ op: "recv", ch: d }], -1)]),
      );
      yield* sleep(10);
      yield* bothAtOnce(a, c);
      chdone(a);
      chdone(c);
      const { value } = yield* task;
      const left = value === "one" ? d : b;
      const other = yield* choose([{ op: "recv", ch: left }], -1);
      expect([value, other.value]).to.have.members(["one", "two"]);
      expect(yield* codeOf(chrecv(left, -1))).to.equal("EPIPE");
      for (const h of [a, b, c, d]) hclose(h);
    });
  });

  it("leave the connection to the next accept, and no descriptor behind", async () => {
    await effectionRun(function* () {
      const path = socketPath();
      const ls = yield* ipcListen(path, 10);
      const task = yield* spawn(() => ipcAccept(ls, -1));
      yield* sleep(10);
      const before = descriptors();
      const client = connect(path);
      // It is in the ready queue before the accept, whose connection comes while it keeps the turn to itself.
      yield* toEffection(function* () {
        while (descriptors() < before + 2) yield;
        yield* until(task.halt(), -1);
      });
      const s = yield* ipcAccept(ls, -1);
      for (const h of [s, ls]) hclose(h);
      yield* until(once(client.resume(), "close"), -1);
    });
  });

  it("leave the error of a scope to whoever halts it, and no handle behind", async () => {
    await effectionRun(function* () {
      const [a, b] = chmake<string>();
      const task = yield* spawn(() =>
        scope(function* (members) {
          bundleGo(members, failOnMessage(b));
          yield* msleep(-1);
        }),
      );
      yield* sleep(10);
      const halting = toEffection(function* () {
        yield* chsend(a, "go", -1);
        yield; // the member fails, and the scope is woken
        yield* until(task.halt(), -1);
      });
      expect(yield* messageOf(halting)).to.equal("of a member");
      for (const h of [a, b]) hclose(h);
    });
  });

  it("leave the bytes to the next receive", async () => {
    await effectionRun(function* () {
      const [a, b] = yield* ipcPair();
      const [c, d] = yield* ipcPair();
      const task = yield* spawn(() => race([brecvSome(b, 9, -1), brecvSome(d, 9, -1)]));
      yield* sleep(10);
      yield* bsend(a, Buffer.from("one"), -1);
      yield* bsend(c, Buffer.from("two"), -1);
      const won = String(yield* task);
      const left = won === "one" ? d : b;
      expect([won, String(yield* brecvSome(left, 9, -1))]).to.have.members(["one", "two"]);
      for (const h of [a, b, c, d]) hclose(h);
    });
  });
});

function* failOnMessage(ch: Channel<string>): Coroutine {
  yield* chrecv(ch, -1);
  throw new Error("of a member");
}

function* messageOf(operation: EffectionOperation<unknown>): EffectionOperation<string> {
  try {
    yield* operation;
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
}

/** Two coroutines send in one turn, before whoever receives goes on. */
function* bothAtOnce(
  a: Parameters<typeof chsend<string, string>>[0],
  c: Parameters<typeof chsend<string, string>>[0],
): Operation<void> {
  yield* toEffection(function* () {
    // Two coroutines: whichever operation the turn ends in, both have begun by then.
    const both = bundle();
    bundleGo(both, send(a, "one"));
    bundleGo(both, send(c, "two"));
    yield* bundleWait(both, -1);
  });

  function* send(ch: typeof a, message: string): Coroutine {
    yield* chsend(ch, message, -1);
  }
}
