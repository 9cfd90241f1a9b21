// A grace, seen by whoever is told.
import { expect } from "chai";
import { describe } from "mocha";
import {
  brecv,
  bsend,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  chdone,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  hmake,
  ipcClose,
  ipcPair,
  join,
  msleep,
  now,
  signalOf,
  yieldNow,
} from "libdill-ts";
import { asCoroutine, type Log, nameOf, saying, type Work } from "../support/cutShort.js";
import { codeOf, codeOrNone, thrownIn } from "../support/failure.js";
import { closed } from "../support/graceful.js";
import { itBoth as it } from "../support/it.js";

describe("whoever is told", () => {
  it("is queued: bundleClose runs nobody before it waits", function* () {
    const log: Log = [];
    const b = bundle();
    const first = go(say("first in the queue"));
    bundleGo(
      b,
      saying(log, "told", () => asCoroutine(msleep(-1))),
    );
    const closer = go(asCoroutine(bundleClose(b, -1)));
    log.push("the closer waits");
    yield* join(closer, -1);
    expect(log).to.deep.equal(["the closer waits", "first in the queue", "told ECANCELED"]);
    hclose(first);
    hclose(closer);

    function* say(what: string): Coroutine {
      yield;
      log.push(what);
    }
  });

  it("hears of it in the order of start", function* () {
    const log: Log = [];
    const b = bundle();
    for (const name of ["a", "b", "c"]) {
      bundleGo(
        b,
        saying(log, name, () => asCoroutine(msleep(-1))),
      );
    }
    yield* bundleClose(b, -1);
    expect(log).to.deep.equal(["a ECANCELED", "b ECANCELED", "c ECANCELED"]);
  });

  it("gets ECANCELED once, and then whatever it asks for", function* () {
    const log: Log = [];
    const [a, z] = chmake<string>();
    const sender = go(asCoroutine(chsend(a, "hello", -1)));
    yield* closed(
      (function* () {
        log.push(yield* codeOrNone(msleep(-1)));
        log.push(yield* codeOrNone(msleep(now() + 1)));
        yield;
        yield* yieldNow();
        log.push(yield* chrecv(z, -1));
        log.push(yield* codeOrNone(chrecv(z, now() + 1)));
        yield* join(go(rest()), -1);
        yield* bundleWait(bundle(), -1);
      })(),
    );
    expect(log).to.deep.equal(["ECANCELED", "none", "hello", "ETIMEDOUT"]);
    for (const h of [a, z, sender]) hclose(h);

    function* rest(): Coroutine {
      yield* msleep(now() + 1);
    }
  });

  it("may use every plain function", function* () {
    let made = 0;
    yield* closed(
      (function* () {
        yield* codeOrNone(msleep(-1));
        for (const h of [bundle(), ...chmake<number>(), go(empty()), hmake(methods)]) {
          hclose(h);
          made++;
        }
        const [a, z] = chmake<number>();
        chdone(a);
        hclose(a);
        hclose(z);
      })(),
    );
    expect(made).to.equal(5);
  });

  it("may use every plain function before it hears of it", function* () {
    let made = 0;
    const b = bundle();
    bundleGo(
      b,
      (function* () {
        yield;
        for (const h of [bundle(), ...chmake<number>(), go(empty()), hmake(methods)]) {
          hclose(h);
          made++;
        }
        yield* msleep(-1);
      })(),
    );
    yield* bundleClose(b, -1);
    expect(made).to.equal(5);
  });

  const next: Readonly<Record<string, Work>> = {
    *"a bare yield"() {
      yield;
    },
    yieldNow: () => asCoroutine(yieldNow()),
    "an msleep that is over": () => asCoroutine(msleep(0)),
    "a join of one that has ended": () => asCoroutine(join(go(empty()), -1)),
    "a wait for an empty bundle": () => asCoroutine(bundleWait(bundle(), -1)),
  };
  for (const [name, operation] of Object.entries(next)) {
    it(`that has its result gets it first, and ECANCELED from ${name}`, function* () {
      const log: Log = [];
      const [a, z] = chmake<string>();
      const b = bundle();
      bundleGo(
        b,
        (function* () {
          log.push(yield* codeOf(chrecv(z, -1)));
          yield* saying(log, "", operation);
        })(),
      );
      chdone(a); // a plain function: nobody else has a turn before the next line
      yield* bundleClose(b, -1);
      expect(log).to.deep.equal(["EPIPE", "ECANCELED"]);
      hclose(a);
      hclose(z);
    });
  }

  it("still sends and receives bytes that need no wait before it hears of it", function* () {
    const log: Log = [];
    const [s, t] = yield* ipcPair();
    yield* bsend(t, Buffer.from("abc"), -1);
    const b = bundle();
    bundleGo(
      b,
      (function* () {
        log.push((yield* brecv(s, 1, -1)).toString());
        yield;
        log.push((yield* brecv(s, 2, -1)).toString());
        yield* bsend(s, Buffer.from("bye"), -1);
        yield* saying(log, "", () => asCoroutine(brecv(s, 1, -1)));
      })(),
    );
    while (log.length === 0) yield* msleep(now() + 1);
    yield* bundleClose(b, -1);
    // A bare yield that was under way has its result first.
    expect(log).to.deep.equal(["a", "bc", "ECANCELED"]);
    expect((yield* brecv(t, 3, -1)).toString()).to.equal("bye");
    hclose(s);
    hclose(t);
  });

  it("can say its farewell and read the answer", function* () {
    const log: Log = [];
    const [s, t] = yield* ipcPair();
    const peer = go(answer());
    yield* closed(
      (function* () {
        log.push(yield* codeOrNone(brecv(s, 3, -1)));
        yield* bsend(s, Buffer.from("bye"), -1);
        log.push((yield* brecv(s, 3, -1)).toString());
        yield* ipcClose(s, now() + 1000);
      })(),
    );
    expect(log).to.deep.equal(["ECANCELED", "ok!"]);
    yield* join(peer, -1);
    hclose(peer);

    function* answer(): Coroutine {
      yield* brecv(t, 3, -1);
      yield* bsend(t, Buffer.from("ok!"), -1);
      yield* ipcClose(t, now() + 1000);
    }
  });

  it("may end with its ECANCELED, or with an aggregate of nothing else", function* () {
    yield* closed(
      (function* () {
        const first = yield* thrownIn(msleep(-1));
        throw new AggregateError([first, first]);
      })(),
    );
  });

  it("fails with an aggregate that has another error in it, whatever its code says", function* () {
    const b = bundle();
    bundleGo(
      b,
      (function* () {
        const first = yield* thrownIn(msleep(-1));
        throw Object.assign(new AggregateError([first, new Error("other")]), { code: "ECANCELED" });
      })(),
    );
    const error = yield* thrownIn(bundleClose(b, -1));
    expect((error as AggregateError).errors.map(nameOf)).to.deep.equal(["ECANCELED", "other"]);
  });

  it("has the signal of signalOf aborted", function* () {
    const log: Log = [];
    yield* closed(
      (function* () {
        const signal = signalOf();
        log.push(String(signal.aborted));
        log.push(yield* codeOrNone(msleep(-1)));
        log.push(String(signal.aborted));
      })(),
    );
    expect(log).to.deep.equal(["false", "ECANCELED", "true"]);
  });

  it("is waited for by join and bundleWait as a running one", function* () {
    const log: Log = [];
    const outer = bundle();
    const task = bundleGo(outer, linger());
    const joiner = go(asCoroutine(join(task, -1)));
    yield* bundleClose(outer, -1);
    expect(yield* join(joiner, -1)).to.equal("value");
    hclose(joiner);
    expect(log).to.deep.equal(["cleaned up"]);

    function* linger(): Coroutine<string> {
      yield* codeOrNone(msleep(-1));
      yield* msleep(now() + 1);
      log.push("cleaned up");
      return "value";
    }
  });
});

const methods = { query: () => undefined, close: () => {} };

function* empty(): Coroutine {}
