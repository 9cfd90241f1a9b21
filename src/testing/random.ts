// Random numbers that come again.

/** A number from 0 up to 1, with every call another one. */
export type Random = () => number;

/** The same seed gives the same numbers, on every machine. */
export function randomFrom(seed: number): Random {
  // splitmix32
  let state = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
