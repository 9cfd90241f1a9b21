// Values that nobody expects.
import { expect } from "chai";
import { describe } from "mocha";
import {
  bundle,
  bundleGo,
  bundleWait,
  chmake,
  choose,
  chsend,
  type Coroutine,
  hclose,
  ipcConnect,
  ipcFromfd,
  ipcListen,
  msleep,
  now,
  type Operation,
  run,
  sendAll,
  sendEvents,
  until,
} from "libdill-ts";
import { fromEffection } from "libdill-ts/effection";
import { fromDuplex } from "libdill-ts/streams";
import { nameOf } from "../support/cutShort.js";
import { codeOrNone, thrownBy, thrownIn } from "../support/failure.js";
import { fail } from "../support/failing.js";
import { withGetters } from "../support/hostileErrors.js";
import { it } from "../support/it.js";
import { socketPath } from "../support/tempDir.js";

describe("hostile values end the coroutine that throws or yields them, and nobody else", () => {
  function revoked(): object {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }

  const hostile = (): object =>
    new Proxy(
      {},
      {
        get: () => fail("get").next(),
        has: () => fail("has").next() as never,
        getPrototypeOf: () => fail("proto").next(),
      },
    );

  it("a revoked Proxy thrown by the main coroutine rejects the run", async () => {
    const value = revoked();
    const error = await run(fail(value)).then(
      () => "resolved",
      () => "rejected",
    );
    expect(error).to.equal("rejected");
  });

  it("a revoked Proxy thrown by a canceled member leaves its siblings to be ended", function* () {
    const b = bundle();
    let ended = 0;
    bundleGo(b, member(revoked()));
    bundleGo(b, member(hostile()));
    bundleGo(b, member(new Error("plain")));
    thrownBy(() => hclose(b));
    expect(ended).to.equal(3);

    function* member(error: unknown): Coroutine {
      try {
        yield* msleep(-1);
      } finally {
        ended++;
        yield* fail(error);
      }
    }
  });

  it("a yielded one is an error in the coroutine that yields it", function* () {
    for (const value of [revoked(), hostile()]) {
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          yield value as never;
        })(),
      );
      let isCaught = false;
      try {
        yield* bundleWait(b, now() + 1000);
      } catch {
        isCaught = true;
      }
      expect(isCaught).to.equal(true);
      hclose(b);
    }
  });

  it("a clause with no real signal is EINVAL, and the clauses before it have left nothing", function* () {
    const [a, z] = chmake<number>();
    const clauses = [
      { op: "recv", ch: z },
      { op: "abort", signal: { aborted: false } },
    ];
    expect(nameOf(yield* thrownIn(choose(clauses as never, -1)))).to.equal("EINVAL");
    expect(yield* codeOrNone(chsend(a, 1, 0))).to.equal("ETIMEDOUT");
    hclose(a);
    hclose(z);
  });
});

describe("a value that can't be made a text", () => {
  const opaque = (): never => withGetters({}, ["toString", "valueOf", Symbol.toPrimitive]) as never;
  const uses: Readonly<Record<string, () => Operation<unknown>>> = {
    msleep: () => msleep(opaque()),
    until: () => until(opaque(), -1),
    choose: () => choose([{ op: opaque() } as never], -1),
    sendAll: () => sendAll(0 as never, opaque(), -1),
    sendEvents: () => sendEvents(0 as never, opaque(), "data", -1),
    fromEffection: () => fromEffection(opaque()),
    "ipcListen's mode": () => ipcListen(socketPath(), 10, { mode: opaque() }),
    "ipcListen's unlinkStale": () => ipcListen(socketPath(), 10, { unlinkStale: opaque() }),
    ipcConnect: () => ipcConnect(opaque(), -1),
    ipcFromfd: () => ipcFromfd(opaque()),
    "run's grace": () => until(run(fail(1), { grace: opaque() }), -1),
    fromDuplex: () => until(() => fromDuplex(opaque()) as never, -1),
  };
  for (const [name, use] of Object.entries(uses)) {
    it(`is EINVAL like any other wrong one: ${name}`, function* () {
      expect(yield* codeOrNone(use())).to.equal("EINVAL");
    });
  }
});

describe("choose", () => {
  it("answers the first of two clauses with the same event", function* () {
    const controller = new AbortController();
    const { signal } = controller;
    setTimeout(() => controller.abort("why"), 2);
    const clauses = [
      { op: "abort", signal },
      { op: "abort", signal },
    ] as const;
    expect(yield* choose(clauses, -1)).to.include({ index: 0, value: "why" });
    expect(yield* choose(clauses, -1)).to.include({ index: 0 });
    const promise = new Promise((resolve) => void setTimeout(resolve, 2));
    const promises = [{ op: "until", promise } as const, { op: "until", promise } as const];
    expect(yield* choose(promises, -1)).to.include({ index: 0 });
  });

  it("has an error that is not undefined where the reason was undefined", function* () {
    // oxlint-disable-next-line prefer-promise-reject-errors
    const promise = Promise.reject<number>(undefined);
    const result = yield* choose([{ op: "until", promise }], -1);
    expect(result).to.have.own.property("error");
    expect(result.error).to.be.instanceOf(Error);
    const b = bundle();
    const task = bundleGo(b, fail(undefined));
    const joined = yield* choose([{ op: "join", h: task }], -1);
    expect(joined.error).to.be.instanceOf(Error);
    hclose(b);
  });
});
