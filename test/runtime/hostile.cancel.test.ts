// Cancellations in the middle of the user's code, and ends that came too early or never.
import { expect } from "chai";
import { run as effectionRun, sleep } from "effection";
import { describe } from "mocha";
import {
  type Bundle,
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  choose,
  type Coroutine,
  go,
  hclose,
  ipcDone,
  ipcPair,
  join,
  msleep,
  now,
  type Operation,
  scope,
  until,
  withDeadline,
} from "libdill-ts";
import { nameOf } from "../support/cutShort.js";
import { thrownBy, thrownIn } from "../support/failure.js";
import { fail } from "../support/failing.js";
import { itBoth as it } from "../support/it.js";

const never = new Promise<never>(() => {});

describe("a coroutine that is canceled while the user's code runs in an operation has ended when hclose returns", () => {
  /** The operation calls the function, and would wait for ever after it. */
  const callers: Readonly<Record<string, (call: () => void) => Operation<unknown>>> = {
    "until's function": (call) => until(() => (call(), never), -1),
    "scope's block": (call) =>
      scope(() => {
        call();
        return sleepForEver();
      }),
    "withDeadline's block": (call) =>
      withDeadline(-1, () => {
        call();
        return sleepForEver();
      }),
    "a thenable's then": (call) => until({ then: call as never }, -1),
    "a getter in a clause": (call) =>
      choose(
        [
          {
            op: "until",
            get promise() {
              call();
              return never;
            },
          },
        ],
        -1,
      ),
    "a thenable in a clause": (call) =>
      choose([{ op: "until", promise: { then: call as never } }], -1),
  };
  for (const [name, caller] of Object.entries(callers)) {
    it(`in ${name}`, function* () {
      const b = bundle();
      let hasEnded = false;
      bundleGo(b, member());
      expect(nameOf(yield* thrownIn(bundleWait(b, now() + 1000)))).to.equal("boom");
      expect(hasEnded).to.equal(true);
      hclose(b);

      function* member(): Coroutine {
        let calls = 0;
        try {
          yield* msleep(now() + 1);
          yield* caller(() => {
            if (calls++ === 0) bundleGo(b, fail(new Error("boom")));
          });
        } finally {
          hasEnded = true;
        }
      }
    });
  }
});

describe("hclose", () => {
  it("ends a canceled member that is still queued, and throws its error", function* () {
    const b = bundle();
    let hasEnded = false;
    const time = now() + 5;
    bundleGo(b, member());
    yield* msleep(time);
    expect(nameOf(thrownBy(() => hclose(b)))).to.be.oneOf(["x", "last", "2 coroutines failed"]);
    expect(hasEnded).to.equal(true);

    function* member(): Coroutine {
      try {
        yield* withDeadline(now() + 5000, function* () {
          yield* msleep(time);
          bundleGo(b, fail(new Error("x")));
          yield* msleep(-1);
        });
      } finally {
        hasEnded = true;
        yield* fail(new Error("last"));
      }
    }
  });
});

describe("a scope", () => {
  it("that is over takes nobody from a callback that comes before its caller", function* () {
    let keep: Bundle | undefined;
    const codes: string[] = [];
    yield* scope(function* (b) {
      keep = b;
      yield* msleep(now() + 1);
      queueMicrotask(() => codes.push(startIn(b)));
      process.nextTick(() => codes.push(startIn(b)));
      setImmediate(() => codes.push(startIn(b)));
    });
    yield* msleep(now() + 2);
    codes.push(startIn(keep as Bundle));
    expect(codes).to.deep.equal(["EBADF", "EBADF", "EBADF", "EBADF"]);

    function startIn(b: Bundle): string {
      return nameOf(thrownBy(() => bundleGo(b, sleepForEver())));
    }
  });
});

describe("errors of byte streams, swallowed for ever, hang nobody", () => {
  const loops: Readonly<Record<string, (s: never) => Operation<unknown>>> = {
    brecv: (s) => brecv(s, 4, -1),
    bsend: (s) => bsend(s, Buffer.from("x"), -1),
    "bsend of a text": (s) => bsend(s, "text" as never, -1),
    ipcDone: (s) => ipcDone(s, -1),
  };
  for (const [name, op] of Object.entries(loops)) {
    it(`${name} on a closed socket`, function* () {
      const [s, t] = yield* ipcPair();
      hclose(s);
      let turns = 0;
      const h = go(swallow());
      for (let i = 0; i < 3; i++) {
        yield* msleep(now() + 1);
        turns++;
      }
      expect(nameOf(thrownBy(() => hclose(h)))).to.equal("EDEADLK");
      expect(turns).to.equal(3);
      hclose(t);

      function* swallow(): Coroutine {
        for (;;) {
          try {
            yield* op(s as never);
          } catch {
            // And on it goes.
          }
        }
      }
    });
  }
});

describe("in an Effection program that a coroutine has started, join", () => {
  it("ends with EBADF when the handle is closed", function* () {
    const h = go(sleepForEver());
    const program = effectionRun(function* () {
      yield* sleep(1);
      try {
        yield* join(h, -1);
        return "none";
      } catch (error) {
        return nameOf(error);
      }
    });
    yield* msleep(now() + 5);
    hclose(h);
    expect(yield* until(program, now() + 1000)).to.be.oneOf(["EBADF", "ECANCELED"]);
  });
});

function* sleepForEver(): Coroutine {
  yield* msleep(-1);
}
