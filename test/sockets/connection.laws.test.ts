import { expect } from "chai";
import fc from "fast-check";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  type Bytestream,
  run,
} from "libdill-ts";
import { overBytestreams } from "../support/carriers.js";

/** How much is sent, or asked for, at a time. */
const sizes = fc.array(fc.nat(400_000), { minLength: 1, maxLength: 5 });

overBytestreams("a connection, whatever the sizes", function ({ pair }) {
  this.timeout(20_000);

  it("carries both directions at once, each at its own pace", async () => {
    const property = fc.asyncProperty(sizes, sizes, sizes, async (there, back, reads) => {
      await run(
        (function* () {
          const [a, b] = yield* pair();
          const all = bundle();
          bundleGo(all, send(a, there));
          bundleGo(all, send(b, back));
          bundleGo(all, receive(a, total(back), reads));
          bundleGo(all, receive(b, total(there), reads));
          yield* bundleWait(all, -1);
          hclose(all);
        })(),
      );
    });
    await fc.assert(property, { numRuns: 30 });
  });
});

function* send(s: Bytestream, lengths: readonly number[]): Coroutine {
  let at = 0;
  for (const length of lengths) {
    yield* bsend(s, counting(at, length), -1);
    at += length;
  }
}

function* receive(s: Bytestream, length: number, reads: readonly number[]): Coroutine {
  let at = 0;
  for (let i = 0; at < length; i++) {
    const wanted = Math.min(length - at, 1 + (reads[i % reads.length] ?? 0));
    const bytes = yield* brecv(s, wanted, -1);
    expect(bytes.equals(counting(at, wanted))).to.equal(true);
    at += wanted;
  }
}

/** Bytes that count on from a place in the stream, in a cycle that is no power of two. */
function counting(from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (from + i) % 251;
  return bytes;
}

function total(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}
