// Digests, random bytes and compression of Node's.
import type { Codecs, Inflated } from "../codecs/codecs.js";
import { buffers, crypto, zlib } from "./builtin.js";

export function makeCodecs(): Codecs {
  const { isUtf8 } = buffers();
  return {
    sha1: (text) => crypto().createHash("sha1").update(text).digest("base64"),
    randomFill: (bytes) => void crypto().randomFillSync(bytes),
    isUtf8,
    deflate(bytes, windowBits, dictionary) {
      const { constants, deflateRawSync } = zlib();
      // zlib has no window of 8 bits: what refers to nothing fits in any.
      const strategy = windowBits === 8 ? constants.Z_HUFFMAN_ONLY : constants.Z_DEFAULT_STRATEGY;
      return deflateRawSync(bytes, {
        windowBits: Math.max(windowBits, 9),
        strategy,
        finishFlush: constants.Z_SYNC_FLUSH,
        ...given(dictionary),
      });
    },
    inflate(bytes, dictionary, most, isWhole) {
      const { constants, inflateRawSync } = zlib();
      try {
        return inflatedOf(
          inflateRawSync(bytes, {
            finishFlush: isWhole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
            maxOutputLength: Math.max(most, 1),
            info: true,
            ...given(dictionary),
          }),
        );
      } catch (error) {
        if (error instanceof RangeError) return undefined;
        throw error;
      }
    },
  };
}

/** With `info`, Node returns more than its types say. */
function inflatedOf(result: Buffer | InflatedInfo): Inflated {
  if (Buffer.isBuffer(result)) return { data: result, used: undefined };
  return { data: result.buffer, used: result.engine.bytesWritten };
}

interface InflatedInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function given(dictionary: Uint8Array): { dictionary?: Uint8Array } {
  return dictionary.length === 0 ? {} : { dictionary };
}
