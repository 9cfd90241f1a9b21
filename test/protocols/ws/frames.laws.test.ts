// However a peer's bytes are cut into chunks, the messages are the same, and so are the answers and the error at the end.
import { expect } from "chai";
import fc from "fast-check";
import { chunksOf, fuzzFrames, received } from "../../support/fuzz/frameFuzz.js";
import { Random } from "../../support/fuzz/random.js";
import { frame, maskedFrame } from "../../support/wsFrames.js";

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const short = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));

/** A message in fragments, with pings between them. */
const message = fc
  .record({
    type: fc.constantFrom("text", "binary"),
    parts: fc.array(short, { minLength: 1, maxLength: 5 }),
    pings: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  })
  .map(({ type, parts, pings }) => {
    const texts = type === "text" ? parts.map((part) => Buffer.from(part.toString("hex"))) : parts;
    const frames = texts.flatMap((part, i) => {
      const first = (i === texts.length - 1 ? 0x80 : 0) | (i > 0 ? 0 : type === "text" ? 1 : 2);
      const made = maskedFrame(first, part);
      return pings[i] === true ? [maskedFrame(0x89, Buffer.from("?")), made] : [made];
    });
    const data = Buffer.concat(texts);
    return { bytes: Buffer.concat(frames), said: `${type} ${data.toString("latin1")}` };
  });

/** Frames with anything in their headers. */
const anyFrame = fc
  .record({
    first: fc.oneof(
      fc.constantFrom(0x81, 0x82, 0x80, 0x01, 0x02, 0x00, 0x89, 0x8a, 0x88),
      fc.nat(255),
    ),
    payload: bytes,
    key: fc.option(fc.constant([1, 2, 3, 4]), { nil: undefined, freq: 20 }),
    lengthBytes: fc.option(fc.constantFrom(2, 8), { nil: undefined, freq: 1 }),
    length: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined, freq: 1 }),
  })
  .filter(({ length, lengthBytes }) => length === undefined || lengthBytes === 8)
  .map((given) => frame(given));

const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 });

describe("a reader of frames, however the bytes are cut", function () {
  this.timeout(30_000);

  it("gives the messages that were sent, and then the end", async () => {
    const list = fc.array(message, { maxLength: 6 });
    const property = fc.asyncProperty(list, cuts, async (messages, sizes) => {
      const stream = Buffer.concat(messages.map((each) => each.bytes));
      const { said } = await received(chunksOf(stream, sizes));
      expect(said).to.deep.equal([...messages.map((each) => each.said), "EPIPE"]);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it("gives the same of any frames, answers and errors included", async () => {
    const list = fc.array(anyFrame, { maxLength: 6 });
    const property = fc.asyncProperty(list, cuts, async (frames, sizes) => {
      const stream = Buffer.concat(frames);
      const whole = await received([stream]);
      expect(await received(chunksOf(stream, sizes))).to.deep.equal(whole);
      expect(await received(chunksOf(stream, [1]))).to.deep.equal(whole);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it("gives the same of any bytes", async () => {
    const property = fc.asyncProperty(
      fc.uint8Array({ maxLength: 60 }),
      cuts,
      async (any, sizes) => {
        const whole = await received([any]);
        expect(await received(chunksOf(any, sizes))).to.deep.equal(whole);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  it("gives the same of the frames of the soak", async () => {
    for (let seed = 1; seed <= 300; seed++) await fuzzFrames(new Random(seed));
  });
});
