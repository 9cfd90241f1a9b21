// Errors that resist being looked at, on every way by which an error can leave a coroutine.
import { EventEmitter, once } from "node:events";
import { PassThrough } from "node:stream";
import { expect } from "chai";
import { run as runEffection } from "effection";
import { describe } from "mocha";
import {
  brecv,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  chmake,
  choose,
  type Coroutine,
  go,
  hclose,
  hmake,
  iterate,
  join,
  msleep,
  now,
  run,
  scope,
  sendAll,
  sendEvents,
  until,
  withDeadline,
} from "libdill-ts";
import { toEffection } from "libdill-ts/effection";
import { fromDuplex, toDuplex } from "libdill-ts/streams";
import { failureOf, thrownBy, thrownIn } from "../support/failure.js";
import { fail, failLater, failOnCancel } from "../support/failing.js";
import { hostileErrors } from "../support/hostileErrors.js";
import { itBoth as it } from "../support/it.js";

/** Lets the error leave, and returns it in a list, as it has arrived. */
type Way = (error: unknown) => Promise<readonly [unknown]>;

/** The way leads out of a run. */
function rejecting(start: (error: unknown) => Promise<unknown>): Way {
  return async (error) => {
    try {
      await start(error);
    } catch (rejection) {
      return [rejection];
    }
    throw new Error("it did not reject");
  };
}

/** The way ends in the main coroutine. */
function within(way: (error: unknown) => Coroutine<unknown>): Way {
  return async (error) =>
    run(
      (function* () {
        return [yield* way(error)] as const;
      })(),
    );
}

async function rejected(error: unknown): Promise<never> {
  throw error;
}

function* idle(): Coroutine {
  yield* msleep(-1);
}

const ways: Readonly<Record<string, Way>> = {
  "the main coroutine, at once": rejecting(async (error) => run(fail(error))),
  "the main coroutine, later": rejecting(async (error) => run(failLater(error))),
  "the main coroutine, canceled": rejecting(async (error) => {
    const controller = new AbortController();
    const running = run(failOnCancel(error), { signal: controller.signal });
    controller.abort("why");
    return running;
  }),
  "the main coroutine, in a grace": rejecting(async (error) => {
    const controller = new AbortController();
    const running = run(failOnCancel(error), { signal: controller.signal, grace: 10_000 });
    controller.abort("why");
    return running;
  }),
  "a run that leaves its block": rejecting(async (error) =>
    run(failOnCancel(error))[Symbol.asyncDispose](),
  ),
  "a coroutine that nobody asks for": rejecting(async (error) =>
    run(
      (function* () {
        bundleGo(bundle(), failLater(error));
        yield* msleep(now() + 1);
      })(),
    ),
  ),
  "a coroutine that the end of the run cancels": rejecting(async (error) =>
    run(
      (function* () {
        go(failOnCancel(error));
        yield;
      })(),
    ),
  ),
  "a handle that the end of the run closes": rejecting(async (error) =>
    run(
      (function* () {
        hmake({ query: () => undefined, close: () => void fail(error).next() });
        yield;
      })(),
    ),
  ),
  bundleWait: within(function* (error) {
    const b = bundle();
    bundleGo(b, failLater(error));
    bundleGo(b, idle());
    const arrived = yield* thrownIn(bundleWait(b, -1));
    hclose(b);
    return arrived;
  }),
  bundleClose: within(function* (error) {
    const b = bundle();
    bundleGo(b, failOnCancel(error));
    return yield* thrownIn(bundleClose(b, -1));
  }),
  bundleGo: within(function* (error) {
    const b = bundle();
    bundleGo(b, fail(error));
    const arrived = thrownBy(() => bundleGo(b, idle()));
    thrownBy(() => hclose(b));
    return arrived;
  }),
  hclose: within(function* (error) {
    const b = bundle();
    bundleGo(b, failOnCancel(error));
    bundleGo(b, idle());
    yield;
    return thrownBy(() => hclose(b));
  }),
  join: within(function* (error) {
    const h = go(failLater(error));
    const arrived = yield* thrownIn(join(h, -1));
    hclose(h);
    return arrived;
  }),
  "a clause of choose": within(function* (error) {
    const h = go(failLater(error));
    const { error: arrived } = yield* choose([{ op: "join", h }], -1);
    hclose(h);
    return arrived;
  }),
  "a scope's body": within((error) => thrownIn(scope(() => failLater(error)))),
  "a scope's coroutine": within((error) =>
    thrownIn(
      scope(function* (b) {
        bundleGo(b, failLater(error));
        yield* idle();
      }),
    ),
  ),
  "a scope's function, before there is a body": within((error) =>
    thrownIn(scope(() => fail(error).next() as never)),
  ),
  withDeadline: within((error) => thrownIn(withDeadline(now() + 10_000, () => failLater(error)))),
  onError: within(function* (error) {
    const arrived: unknown[] = [];
    const b = bundle({ onError: (escaped) => arrived.push(escaped) });
    bundleGo(b, failLater(error));
    yield* bundleWait(b, -1);
    hclose(b);
    return arrived[0];
  }),
  "onError, which throws it on": within(function* (error) {
    const b = bundle({
      onError(escaped) {
        throw escaped;
      },
    });
    bundleGo(b, failLater(error));
    const arrived = yield* thrownIn(bundleWait(b, -1));
    hclose(b);
    return arrived;
  }),
  "a promise": within((error) => thrownIn(until(rejected(error), -1))),
  "a function that until calls": within((error) =>
    thrownIn(until(() => fail(error).next() as never, -1)),
  ),
  "a promise in a clause": within(function* (error) {
    return (yield* choose([{ op: "until", promise: rejected(error) }], -1)).error;
  }),
  "the reason of a signal": within(function* (error) {
    const controller = new AbortController();
    setImmediate(() => controller.abort(error));
    return (yield* choose([{ op: "abort", signal: controller.signal }], -1)).value;
  }),
  "an iterable that is sent": within(function* (error) {
    const [ch] = chmake<never>();
    const iterable = { [Symbol.iterator]: () => ({ next: () => fail(error).next() as never }) };
    return yield* thrownIn(sendAll(ch, iterable, -1));
  }),
  "an emitter": within(function* (error) {
    const [ch] = chmake<never[]>();
    const source = new EventEmitter();
    setImmediate(() => source.emit("error", error));
    return yield* thrownIn(sendEvents(ch, source, "data", -1));
  }),
  "a stream of Node's": within(function* (error) {
    const stream = new PassThrough();
    const s = fromDuplex(stream);
    setImmediate(() => stream.emit("error", error));
    const arrived = yield* failureOf(brecv(s, 1, -1));
    hclose(s);
    return arrived.cause;
  }),
  "a bytestream that is a stream of Node's": within(function* (error) {
    const fails = (): never => fail(error).next() as never;
    const methods = { send: fails, receive: fails, receiveSome: fails };
    const close = (): void => {};
    const stream = toDuplex(hmake({ query: () => methods, close }) as never);
    const [arrived] = yield* until(once(stream, "error"), -1);
    return arrived === error ? error : (arrived as Error).cause;
  }),
  "an async iterable": rejecting(async (error) => {
    for await (const item of iterate<number>(() => failLater(error))) expect.fail(String(item));
  }),
  // Effection looks at it, too, and makes of it what it can.
  "an Effection program": async (error) => {
    const program = runEffection(() => toEffection(failLater(error)));
    return program.then(
      () => [error],
      () => [error],
    );
  },
};

/** What tells that it has stood in the way of nobody: a program with coroutines, an error and a deadline. */
function* healthy(): Coroutine<string> {
  const h = go(failLater(new Error("plain")));
  yield* thrownIn(join(h, -1));
  hclose(h);
  yield* msleep(now() + 1);
  return "healthy";
}

describe("an error that resists being looked at", () => {
  for (const [name, leave] of Object.entries(ways)) {
    it(`leaves by way of ${name}, and harms nobody else`, async () => {
      for (const [what, make] of Object.entries(hostileErrors)) {
        const error = make();
        const sibling = run(healthy());
        const [arrived] = await leave(error);
        expect(isIt(arrived, error), what).to.equal(true);
        expect(await sibling, what).to.equal("healthy");
        expect(await run(healthy()), what).to.equal("healthy");
      }
    });
  }
});

/** Where undefined would be no error, an error says so. */
function isIt(arrived: unknown, error: unknown): boolean {
  return arrived === error || (error === undefined && arrived instanceof Error);
}
