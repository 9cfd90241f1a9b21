// A deadline of coroutines, as one of a socket: what the kernel has when it comes counts, also if the process has not
// looked yet.
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  type Bytestream,
  choose,
  type Coroutine,
  go,
  hclose,
  isErrno,
  join,
  msleep,
  now,
  withDeadline,
} from "libdill-ts";
import { carriers } from "../support/bytestreams.js";
import { codeOf } from "../support/failure.js";
import { closeAll } from "../support/gate.js";
import { it } from "../support/it.js";

/** Receives a byte in a coroutine, and waits for that until the deadline. */
type Receives = (s: Bytestream, deadline: number) => Coroutine<string>;

const kinds: Readonly<Record<string, Receives>> = {
  *withDeadline(s, deadline) {
    return yield* withDeadline(deadline, () => receive(s));
  },
  *"withDeadline around a withDeadline"(s, deadline) {
    return yield* withDeadline(deadline, function* () {
      return yield* withDeadline(deadline, () => receive(s));
    });
  },
  *join(s, deadline) {
    const h = go(receive(s));
    try {
      return yield* join(h, deadline);
    } finally {
      hclose(h);
    }
  },
  *bundleWait(s, deadline) {
    const b = bundle();
    try {
      const task = bundleGo(b, receive(s));
      yield* bundleWait(b, deadline);
      return yield* join(task, 0);
    } finally {
      hclose(b);
    }
  },
  *"choose of a coroutine"(s, deadline) {
    const h = go(receive(s));
    try {
      yield* choose([{ op: "join", h }], deadline);
      return yield* join(h, 0);
    } finally {
      hclose(h);
    }
  },
};

for (const carrier of carriers.filter(({ name }) => /^ipc|^a stream/.test(name))) {
  describe(`a deadline of a coroutine that receives from ${carrier.name}`, () => {
    for (const [name, receives] of Object.entries(kinds)) {
      it(`is met by what the kernel has by then: ${name}`, function* () {
        const [a, b] = yield* carrier.pair();
        yield* wokenByPoll(a, b);
        const deadline = now() + 2;
        const receiving = go(receives(b, deadline));
        yield* bsend(a, Buffer.from("x"), -1);
        computeUntil(deadline);
        expect(yield* join(receiving, -1)).to.equal("x");
        closeAll(receiving, a, b);
      });

      it(`hits if there is nothing: ${name}`, function* () {
        const [a, b] = yield* carrier.pair();
        const receiving = go(receives(b, now() + 1));
        expect(yield* codeOf(join(receiving, -1))).to.equal("ETIMEDOUT");
        closeAll(receiving, a, b);
      });
    }

    it("is met by what the kernel has by then: bundleClose", function* () {
      const [a, s] = yield* carrier.pair();
      yield* wokenByPoll(a, s);
      const found: string[] = [];
      const b = bundle();
      bundleGo(
        b,
        (function* (): Coroutine {
          try {
            yield* msleep(-1);
          } catch (error) {
            if (!isErrno(error, "ECANCELED")) throw error;
          }
          found.push(yield* receive(s));
        })(),
      );
      const deadline = now() + 2;
      const closing = go(
        (function* (): Coroutine {
          yield* bundleClose(b, deadline);
        })(),
      );
      yield* bsend(a, Buffer.from("x"), -1);
      computeUntil(deadline);
      yield* join(closing, -1);
      expect(found).to.deep.equal(["x"]);
      closeAll(closing, a, s);
    });
  });
}

function* receive(s: Bytestream): Coroutine<string> {
  return String(yield* brecv(s, 1, -1));
}

/** Node looks at its timers before it looks at the kernel again. */
function* wokenByPoll(a: Bytestream, b: Bytestream): Coroutine {
  yield* bsend(a, Buffer.from("-"), -1);
  yield* brecv(b, 1, -1);
}

function computeUntil(deadline: number): void {
  while (now() <= deadline); // busy on purpose
}
