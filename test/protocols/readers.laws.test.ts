// However a peer's bytes are cut into chunks, the messages are the same, and so is the error at the end.
import { expect } from "chai";
import fc from "fast-check";
import {
  brecv,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  join,
  type MessageSocket,
  mrecv,
  now,
  type PrefixSocket,
  prefixAttach,
  prefixDetach,
  run,
  type SuffixSocket,
  suffixAttach,
  suffixDetach,
} from "libdill-ts";
import { codeOrNone } from "../support/failure.js";
import { fedBytes } from "../support/fedBytes.js";
import { fedSocket } from "../support/fedSocket.js";

interface Protocol {
  readonly attach: (s: Bytestream) => MessageSocket;
  readonly detach: (s: MessageSocket) => Bytestream;
  readonly frame: (message: Uint8Array) => Uint8Array;
  /** Whether the message can be told from its end. */
  readonly carries: (message: Uint8Array) => boolean;
}

/** Longer messages are none. */
const maxSize = 40;

const prefixes = fc
  .record({ hdrlen: fc.integer({ min: 1, max: 8 }), littleEndian: fc.boolean() })
  .map(({ hdrlen, littleEndian }): Protocol => {
    return {
      attach: (s) => prefixAttach(s, hdrlen, { littleEndian, maxSize }),
      detach: (s) => prefixDetach(s as PrefixSocket),
      frame: (message) => {
        const header = Buffer.alloc(8);
        header.writeBigUInt64BE(BigInt(message.length));
        const bytes = header.subarray(8 - hdrlen);
        return Buffer.concat([littleEndian ? bytes.toReversed() : bytes, message]);
      },
      carries: () => true,
    };
  });

/** Of few different bytes, so that delimiters overlap with what stands before them. */
const fewBytes = fc.integer({ min: 97, max: 99 });

const suffixes = fc
  .oneof(
    fc.constantFrom("aab", "\r\n", "aaa", "a", "abab").map((text) => Buffer.from(text)),
    fc.uint8Array({ minLength: 1, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
    fc.array(fewBytes, { minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  )
  .map((suffix): Protocol => {
    return {
      attach: (s) => suffixAttach(s, suffix, { maxSize }),
      detach: (s) => suffixDetach(s as SuffixSocket),
      frame: (message) => Buffer.concat([message, suffix]),
      carries: (message) => Buffer.concat([message, suffix]).indexOf(suffix) === message.length,
    };
  });

const protocols = fc.oneof(prefixes, suffixes);

const messages = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: maxSize }),
    fc.array(fewBytes, { maxLength: maxSize }).map((bytes) => Uint8Array.from(bytes)),
    fc.constant(new Uint8Array(maxSize + 1)),
  ),
  { maxLength: 8 },
);

const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 });

describe("a reader of messages, however the bytes are cut", function () {
  this.timeout(20_000);

  it("gives the messages that were sent, and then the end", async () => {
    const property = fc.asyncProperty(protocols, messages, cuts, async (protocol, list, sizes) => {
      const sent = list.filter((each) => protocol.carries(each));
      const bytes = Buffer.concat(sent.map((each) => protocol.frame(each)));
      const tooLong = sent.findIndex((each) => each.length > maxSize);
      const whole = tooLong < 0 ? sent : sent.slice(0, tooLong);
      const expected = [...whole.map(hexOf), tooLong < 0 ? "EPIPE" : "EMSGSIZE"];
      expect(await received(protocol, chunksOf(bytes, sizes))).to.deep.equal(expected);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it("gives the same of any bytes, errors included", async () => {
    const streams = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc.array(fewBytes, { maxLength: 120 }).map((bytes) => Uint8Array.from(bytes)),
      fc.array(fc.nat({ max: 3 }), { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes)),
    );
    const property = fc.asyncProperty(protocols, streams, cuts, async (protocol, bytes, sizes) => {
      const whole = await received(protocol, [bytes]);
      expect(await received(protocol, chunksOf(bytes, sizes))).to.deep.equal(whole);
      expect(await received(protocol, chunksOf(bytes, [1]))).to.deep.equal(whole);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it("gives back, when it is taken off, all that is no message it has given", async () => {
    const property = fc.asyncProperty(
      protocols,
      messages,
      cuts,
      fc.nat(),
      async (protocol, list, sizes, place) => {
        const sent = list.filter((each) => protocol.carries(each) && each.length <= maxSize);
        const bytes = Buffer.concat(sent.map((each) => protocol.frame(each)));
        const at = place % (bytes.length + 1);
        await run(leaveAt(protocol, bytes, at, sizes));
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });
});

describe("a reader on a bytestream that knows nothing of readers", function () {
  this.timeout(20_000);

  const property = (
    law: (...args: [Protocol, Uint8Array[], number[], boolean, number]) => Coroutine,
  ) =>
    fc.asyncProperty(
      protocols,
      messages,
      cuts,
      fc.boolean(),
      fc.nat(),
      async (protocol, list, sizes, exact, place) => {
        const sent = list.filter((each) => protocol.carries(each) && each.length <= maxSize);
        await run(law(protocol, sent, sizes, exact, place));
      },
    );

  it("never asks for a byte that is behind the message", async () => {
    const law = property(function* (protocol, sent, sizes, exact) {
      const frames = sent.map((each) => protocol.frame(each));
      const { s, feed, asked } = fedBytes(exact);
      const reading = protocol.attach(s);
      const found: string[] = [];
      for (const chunk of chunksOf(Buffer.concat(frames), sizes)) {
        feed(chunk);
        yield* receiveWhatIsThere(reading, found);
      }
      expect(found).to.deep.equal(sent.map(hexOf));
      let end = 0;
      const ends = frames.map((frame) => (end += frame.length));
      for (const { at, most } of asked) {
        expect(at + most).to.be.at.most(ends.find((each) => each > at) ?? Infinity);
      }
      hclose(reading);
    });
    await fc.assert(law, { numRuns: 300 });
  });

  it("gives back, when it is taken off, all that is no message it has given", async () => {
    const law = property(function* (protocol, sent, sizes, exact, place) {
      const bytes = Buffer.concat(sent.map((each) => protocol.frame(each)));
      const { s, feed } = fedBytes(exact);
      const reading = protocol.attach(s);
      const found: string[] = [];
      const at = place % (bytes.length + 1);
      for (const chunk of chunksOf(bytes.subarray(0, at), sizes)) {
        feed(chunk);
        yield* receiveWhatIsThere(reading, found);
      }
      const bare = protocol.detach(reading);
      feed(bytes.subarray(at));
      const given = found.map((hex) => protocol.frame(Buffer.from(hex, "hex")));
      const rest = yield* brecv(bare, bytes.length - Buffer.concat(given).length, 0);
      expect(hexOf(Buffer.concat([...given, rest]))).to.equal(hexOf(bytes));
      hclose(bare);
    });
    await fc.assert(law, { numRuns: 300 });
  });
});

function* receiveWhatIsThere(s: MessageSocket, found: string[]): Coroutine {
  const code = yield* codeOrNone({
    *[Symbol.iterator]() {
      for (;;) found.push(hexOf(yield* mrecv(s, 0)));
    },
  });
  expect(code).to.equal("ETIMEDOUT");
}

/** The messages, and the code of the error behind them. */
async function received(protocol: Protocol, chunks: readonly Uint8Array[]): Promise<string[]> {
  return run(
    (function* () {
      const { s, feed, end } = fedSocket();
      const reader = go(receiveAll(protocol.attach(s)));
      for (const chunk of chunks) {
        feed(chunk);
        yield;
      }
      end();
      return yield* join(reader, now() + 5000);
    })(),
  );
}

function* receiveAll(s: MessageSocket): Coroutine<string[]> {
  const found: string[] = [];
  const code = yield* codeOrNone({
    *[Symbol.iterator]() {
      for (;;) found.push(hexOf(yield* mrecv(s, -1)));
    },
  });
  hclose(s);
  return [...found, code];
}

/** Feeds so many bytes, receives what is whole, and takes the protocol off: the rest comes from the bytestream. */
function* leaveAt(
  protocol: Protocol,
  bytes: Buffer,
  at: number,
  sizes: readonly number[],
): Coroutine {
  const { s, feed } = fedSocket();
  const messageSocket = protocol.attach(s);
  const found: Uint8Array[] = [];
  const reader = go(
    (function* (): Coroutine {
      for (;;) found.push(yield* mrecv(messageSocket, -1));
    })(),
  );
  for (const chunk of chunksOf(bytes.subarray(0, at), sizes)) {
    feed(chunk);
    yield;
  }
  hclose(reader);
  const bare = protocol.detach(messageSocket);
  feed(bytes.subarray(at));
  const given = Buffer.concat(found.map((each) => protocol.frame(each)));
  const rest = yield* brecv(bare, bytes.length - given.length, 0);
  expect(hexOf(Buffer.concat([given, rest]))).to.equal(hexOf(bytes));
  hclose(bare);
}

function chunksOf(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
