// Messages of any size, both ways at once, over everything that carries bytes.
import fc from "fast-check";
import { expect } from "chai";
import {
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  type MessageSocket,
  mrecv,
  msend,
  run,
} from "libdill-ts";
import { overBytestreams } from "../support/carriers.js";
import { messageStacks } from "../support/messageStacks.js";

/** Also those around which a frame of ws says its length in another way, and records of TLS end. */
const length = fc.oneof(
  fc.nat(300),
  fc.nat(200_000),
  fc
    .constantFrom(125, 126, 16_384, 65_535, 65_536)
    .chain((n) => fc.integer({ min: n - 9, max: n })),
);
const lengths = fc.array(length, { maxLength: 6 });

for (const stack of messageStacks) {
  overBytestreams(`messages, whatever the sizes: ${stack.name}`, function ({ pair }) {
    this.timeout(20_000);

    it("come as they were sent, in order", async () => {
      const property = fc.asyncProperty(lengths, lengths, async (there, back) => {
        await run(
          (function* () {
            const [near, far] = yield* pair();
            const [a, z] = [yield* stack.attach(near), yield* stack.attachPeer(far)];
            const all = bundle();
            bundleGo(all, sendAll(a, there));
            bundleGo(all, sendAll(z, back));
            bundleGo(all, receiveAll(a, back));
            bundleGo(all, receiveAll(z, there));
            yield* bundleWait(all, -1);
            hclose(all);
          })(),
        );
      });
      await fc.assert(property, { numRuns: 8 });
    });
  });
}

function* sendAll(s: MessageSocket, list: readonly number[]): Coroutine {
  for (const [i, each] of list.entries()) yield* msend(s, letters(i, each), -1);
}

function* receiveAll(s: MessageSocket, list: readonly number[]): Coroutine {
  for (const [i, each] of list.entries()) {
    expect((yield* mrecv(s, -1)).equals(letters(i, each))).to.equal(true);
  }
}

/** Text, which each protocol can carry. Each message is another one. */
function letters(i: number, count: number): Buffer {
  return Buffer.alloc(count, `${i}. any letters `);
}
