// Masks (RFC 6455, section 5.3): what a client sends looks like nothing that a proxy could take for a request.
import { codecs } from "../../host/codecs/index.js";

/** Below that, a loop over bytes is faster than one over words (bench: ws). */
const fewBytes = 128;

/** Random bytes that are made many keys at a time, because one call costs far more than the four bytes of a key. */
const poolSize = 8192;
let pool: Uint8Array | undefined;
let used = poolSize;

/** Four unpredictable bytes: a view that nobody changes. */
export function newMaskKey(): Uint8Array {
  if (pool === undefined || used === poolSize) {
    pool = new Uint8Array(poolSize);
    codecs().randomFill(pool);
    used = 0;
  }
  used += 4;
  return pool.subarray(used - 4, used);
}

/** Masks bytes in place, or takes the mask off; `phase` is the place of the first one in its frame. */
export function applyMask(
  bytes: Uint8Array,
  from: number,
  to: number,
  key: Uint8Array,
  phase: number,
): void {
  let at = from;
  let place = phase;
  if (to - from > fewBytes) {
    for (; (bytes.byteOffset + at) % 4 !== 0; at++) flip(bytes, at, key, place++);
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (to - at) >>> 2);
    const word = wordOf(key, place);
    for (let i = 0; i < words.length; i++) words[i] = (words[i] as number) ^ word;
    at += words.length * 4;
  }
  for (; at < to; at++) flip(bytes, at, key, place++);
}

function flip(bytes: Uint8Array, at: number, key: Uint8Array, place: number): void {
  bytes[at] = (bytes[at] as number) ^ (key[place & 3] as number);
}

/** The key from that place on, as this machine reads it. */
function wordOf(key: Uint8Array, place: number): number {
  const turned = new Uint8Array(4);
  for (let i = 0; i < 4; i++) turned[i] = key[(place + i) & 3] as number;
  return new Int32Array(turned.buffer)[0] as number;
}
