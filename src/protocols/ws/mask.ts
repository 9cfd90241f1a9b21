// Masks (RFC 6455, section 5.3): what a client sends looks like nothing that a proxy could take for a request.
import { codecs } from "../../host/codecs/index.js";

/** Below that, a loop over bytes is faster than one over words (bench: ws). */
const fewBytes = 128;

/** Random bytes that are made many keys at a time, because one call costs far more than the four bytes of a key. */
const poolSize = 8192;
let pool: Uint8Array | undefined;
let used = poolSize;

/** Puts four unpredictable bytes there. */
export function addMaskKey(bytes: Uint8Array, at: number): void {
  if (pool === undefined || used === poolSize) {
    pool = new Uint8Array(poolSize);
    codecs().randomFill(pool);
    used = 0;
  }
  for (let i = 0; i < 4; i++) bytes[at + i] = pool[used++] as number;
}

/**
 * Masks bytes in place, or takes the mask off. The key is four bytes of a header, the frame's own perhaps, from a
 * place in it on; `phase` is the place of the first byte in its frame.
 */
export function applyMask(
  bytes: Uint8Array,
  from: number,
  to: number,
  header: Uint8Array,
  keyAt: number,
  phase: number,
): void {
  let at = from;
  let place = phase;
  if (to - from > fewBytes) {
    for (; (bytes.byteOffset + at) % 4 !== 0; at++) flip(bytes, at, header, keyAt, place++);
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (to - at) >>> 2);
    const word = wordOf(header, keyAt, place);
    for (let i = 0; i < words.length; i++) words[i] = (words[i] as number) ^ word;
    at += words.length * 4;
  }
  for (; at < to; at++) flip(bytes, at, header, keyAt, place++);
}

function flip(
  bytes: Uint8Array,
  at: number,
  header: Uint8Array,
  keyAt: number,
  place: number,
): void {
  bytes[at] = (bytes[at] as number) ^ (header[keyAt + (place & 3)] as number);
}

/** The key from that place on, as this machine reads it. */
function wordOf(header: Uint8Array, keyAt: number, place: number): number {
  const turned = new Uint8Array(4);
  for (let i = 0; i < 4; i++) turned[i] = header[keyAt + ((place + i) & 3)] as number;
  return new Int32Array(turned.buffer)[0] as number;
}
