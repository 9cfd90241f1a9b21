// What a program receives may be transferred to a worker, and what was transferred can't be sent.
import { expect } from "chai";
import {
  brecv,
  brecvl,
  brecvSome,
  bsend,
  bsendl,
  type Bytestream,
  hclose,
  msleep,
  now,
  type Operation,
} from "libdill-ts";
import { overBytestreams } from "../support/carriers.js";
import { codeOf } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

overBytestreams("bytes that are transferred", ({ pair, done }) => {
  it("take no unread bytes along", function* () {
    const [a, b] = yield* pair();
    const sent = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i % 251));
    for (let i = 0; i < 5; i++) yield* bsend(a, sent.subarray(i * 10, i * 10 + 10), -1);
    yield* bsend(a, sent.subarray(50), -1);
    yield* done(a, -1);
    yield* brecv(b, new Uint8Array(0), -1);
    yield* msleep(now() + 5);
    const received: Buffer[] = [];
    for (let length = 0; length < sent.length; length = Buffer.concat(received).length) {
      const step = received.length % 3;
      if (step === 0) received.push(moved(yield* brecvSome(b, 1000, -1)));
      else if (step === 1)
        received.push(moved(yield* brecv(b, Math.min(7, sent.length - length), -1)));
      else received.push(moved(yield* brecvSome(b, 3, -1)));
    }
    expect(Buffer.concat(received).equals(sent)).to.equal(true);
    for (const h of [a, b]) hclose(h);
  });

  it("were received into memory that holds nothing else", function* () {
    const [a, b] = yield* pair();
    yield* bsend(a, Buffer.alloc(10_000), -1);
    const parts = yield* brecvl(b, [5, { skip: 3 }, 100, 4000], -1);
    for (const part of [...parts, yield* brecv(b, 70, -1)]) {
      expect(part.buffer.byteLength).to.equal(part.length);
    }
    for (const h of [a, b]) hclose(h);
  });

  const uses: readonly [string, (s: Bytestream, bytes: Uint8Array) => Operation<unknown>][] = [
    ["bsend", (s, bytes) => bsend(s, bytes, -1)],
    ["bsendl", (s, bytes) => bsendl(s, [Buffer.from("a"), bytes], -1)],
    ["brecvl", (s, bytes) => brecvl(s, [1, bytes], 0)],
    ["brecvSome", (s, bytes) => brecvSome(s, bytes, 0)],
  ];
  for (const [name, use] of uses) {
    it(`are EINVAL for ${name}, and the socket goes on`, function* () {
      const [a, b] = yield* pair();
      const bytes = Buffer.alloc(100);
      moved(bytes);
      expect(yield* codeOf(use(a, bytes))).to.equal("EINVAL");
      yield* bsend(a, Buffer.from("there"), -1);
      expect(String(yield* brecv(b, 5, -1))).to.equal("there");
      yield* bsend(b, Buffer.from("and back"), -1);
      expect(String(yield* brecv(a, 8, -1))).to.equal("and back");
      for (const h of [a, b]) hclose(h);
    });
  }
});

overBytestreams("lists with holes", ({ pair }) => {
  it("are EINVAL, and neither send nor receive anything", function* () {
    const [a, b] = yield* pair();
    const list: number[] = [];
    list[1] = 4000;
    expect(yield* codeOf(brecvl(b, list, -1))).to.equal("EINVAL");
    const buffers: Buffer[] = [];
    buffers[1] = Buffer.from("x");
    expect(yield* codeOf(bsendl(a, buffers, -1))).to.equal("EINVAL");
    yield* bsend(a, Buffer.from("whole"), -1);
    expect(String(yield* brecv(b, 5, -1))).to.equal("whole");
    for (const h of [a, b]) hclose(h);
  });
});

/** The bytes, in the memory that they were transferred to. */
function moved({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  const memory = buffer as ArrayBuffer;
  return Buffer.from(structuredClone(memory, { transfer: [memory] }), byteOffset, byteLength);
}
