import { expect } from "chai";
import fc from "fast-check";
import {
  brecvl,
  bsendl,
  type Coroutine,
  go,
  hclose,
  ipcDone,
  ipcPair,
  isErrno,
  join,
  run,
} from "libdill-ts";

const lengths = fc.array(fc.integer({ min: 0, max: 31 }), { maxLength: 5 });
const parts = fc.array(
  fc.record({ length: fc.integer({ min: 0, max: 31 }), isSkipped: fc.boolean() }),
  { minLength: 1, maxLength: 5 },
);

describe("lists of buffers", () => {
  it("carry a stream of bytes, whatever sizes it is sent, received and skipped in", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(lengths, { minLength: 1, maxLength: 20 }),
        fc.array(parts, { minLength: 1, maxLength: 10 }),
        async (sends, receives) => run(stream(sends, receives)),
      ),
      { numRuns: 60 },
    );
  }).timeout(20_000);
});

/** Bytes count up from 0; the receiver, who goes round its list until the end, must stay in step. */
function* stream(
  sends: readonly number[][],
  receives: readonly { length: number; isSkipped: boolean }[][],
): Coroutine {
  const [a, b] = yield* ipcPair();
  const sending = go(
    (function* (): Coroutine {
      let next = 0;
      for (const list of sends) {
        const buffers = list.map((length) =>
          Buffer.from(Array.from({ length }, () => next++ & 255)),
        );
        yield* bsendl(a, buffers, -1);
      }
      yield* ipcDone(a, -1);
    })(),
  );
  let next = 0;
  try {
    for (let round = 0; ; round++) {
      const list = receives[round % receives.length] ?? [];
      const targets = list.map(({ length, isSkipped }) => (isSkipped ? { skip: length } : length));
      if (list.every(({ length }) => length === 0)) targets.push(1);
      const received = yield* brecvl(b, targets, -1);
      for (const target of targets) {
        if (typeof target !== "number") {
          next += target.skip;
          continue;
        }
        for (const byte of received.shift() ?? []) expect(byte).to.equal(next++ & 255);
      }
    }
  } catch (e) {
    if (!isErrno(e, "EPIPE")) throw e;
  }
  yield* join(sending, -1);
  for (const h of [sending, a, b]) hclose(h);
}
