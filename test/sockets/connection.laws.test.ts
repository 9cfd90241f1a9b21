import { expect } from "chai";
import fc from "fast-check";
import {
  brecv,
  brecvl,
  bsend,
  bsendl,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  ipcClose,
  ipcPair,
  type IpcSocket,
  isErrno,
  run,
} from "libdill-ts";

/** The sizes of gather lists. */
const gathers = fc.array(fc.array(fc.nat(31), { maxLength: 5 }), { maxLength: 60 });
/** One part of a scatter list; every tenth is a gap. */
const part = fc.record({ size: fc.nat(31), isGap: fc.nat(9).map((n) => n === 0) });
const scatters = fc.array(fc.array(part, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 10,
});
const sizes = fc.array(fc.nat(400_000), { minLength: 1, maxLength: 5 });

type Scatter = readonly { readonly size: number; readonly isGap: boolean }[];

describe("a connection, whatever the sizes", function () {
  this.timeout(20_000);

  it("keeps gather and scatter lists in step until the peer's end", async () => {
    const property = fc.asyncProperty(gathers, scatters, async (sent, wanted) => {
      // A round that receives nothing would go on for ever.
      fc.pre(wanted.flat().some(({ size }) => size > 0));
      await run(
        (function* () {
          const [a, b] = yield* ipcPair();
          const both = bundle();
          bundleGo(both, sender(a, sent));
          bundleGo(both, receiver(b, wanted));
          yield* bundleWait(both, -1);
          hclose(both);
        })(),
      );
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it("carries both directions at once, each at its own pace", async () => {
    const property = fc.asyncProperty(sizes, sizes, sizes, async (there, back, reads) => {
      await run(
        (function* () {
          const [a, b] = yield* ipcPair();
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

function* sender(s: IpcSocket, lists: readonly (readonly number[])[]): Coroutine {
  let at = 0;
  for (const list of lists) {
    const buffers = [];
    for (const size of list) {
      buffers.push(counting(at, size));
      at += size;
    }
    yield* bsendl(s, buffers, -1);
  }
  yield* ipcClose(s, -1);
}

/** Goes through the lists again and again. */
function* receiver(s: IpcSocket, lists: readonly Scatter[]): Coroutine {
  let at = 0;
  try {
    for (;;) {
      for (const list of lists) at = yield* scatter(s, list, at);
    }
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  }
  yield* ipcClose(s, -1);
}

function* scatter(s: IpcSocket, list: Scatter, start: number): Coroutine<number> {
  const targets = list.map(({ size, isGap }) => (isGap ? { skip: size } : size));
  const buffers = yield* brecvl(s, targets, -1);
  let at = start;
  for (const { size, isGap } of list) {
    if (!isGap) expect(buffers.shift()).to.deep.equal(counting(at, size));
    at += size;
  }
  return at;
}

function* send(s: IpcSocket, lengths: readonly number[]): Coroutine {
  let at = 0;
  for (const length of lengths) {
    yield* bsend(s, counting(at, length), -1);
    at += length;
  }
}

function* receive(s: IpcSocket, length: number, reads: readonly number[]): Coroutine {
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
