// Bytes for parsers: good ones in which something was changed, and mere garbage.
import type { Random } from "./random.js";

/** One of the bytes that mean something to the parser, or any. */
export type Nasty = readonly number[];

export function mutated(good: Buffer, nasty: Nasty, random: Random): Buffer {
  const kind = random.weighted({ good: 1, changed: 6, garbage: 1, nasty: 2 });
  if (kind === "garbage") return randomBytes(good.length, random, () => random.below(256));
  if (kind === "nasty") return randomBytes(good.length, random, () => random.pick(nasty));
  let bytes = good;
  const changes = kind === "good" ? 0 : 1 + random.below(3);
  for (let i = 0; i < changes; i++) bytes = changed(bytes, nasty, random);
  return bytes;
}

/** Cuts at random places, so that the chunks are of many sizes. */
export function cut(bytes: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  const longest = random.pick([1, 3, 20, 200]);
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(longest);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

function changed(bytes: Buffer, nasty: Nasty, random: Random): Buffer {
  const from = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + random.below(random.pick([2, 10, 100])));
  const [head, part, tail] = [
    bytes.subarray(0, from),
    bytes.subarray(from, to),
    bytes.subarray(to),
  ];
  const choice = random.pick([
    () => [head, few(), tail],
    () => [head, few(), part, tail],
    () => [head, tail],
    () => [head, part, part, part, tail],
    () => [head],
    () => [tail, part, head],
  ]);
  return Buffer.concat(choice());

  function few(): Buffer {
    const byte = random.chance(0.7) ? random.pick(nasty) : random.below(256);
    return Buffer.alloc(1 + random.below(random.pick([1, 4, 60])), byte);
  }
}

function randomBytes(most: number, random: Random, byte: () => number): Buffer {
  return Buffer.from(Array.from({ length: random.below(most + 1) }, byte));
}
