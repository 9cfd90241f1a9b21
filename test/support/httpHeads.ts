// Heads at random: good ones, and good ones in which a few characters were changed.
import fc from "fast-check";

const tokenChars = "!#$%&'*+-.^_`|~09azAZ";
const textChars = '\t !#:;,="()~az09\x80\xa0\xff';
const nastyChars = "\r\n\0\x0b\x0c\x7f \t:/aH1\x80\xff";

function textOf(chars: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...chars.split("")), minLength, maxLength });
}

export const tokens: fc.Arbitrary<string> = textOf(tokenChars, 1, 12);
export const targets: fc.Arbitrary<string> = textOf('/?#%:@!~az09[]"|', 1, 20);
export const texts: fc.Arbitrary<string> = textOf(textChars, 0, 20);

export interface RandomHead {
  readonly type: "request" | "response";
  readonly text: string;
}

const firstLines: fc.Arbitrary<{ type: RandomHead["type"]; line: string }> = fc.oneof(
  fc.tuple(tokens, targets, fc.constantFrom("1.0", "1.1")).map(([command, resource, version]) => ({
    type: "request" as const,
    line: `${command} ${resource} HTTP/${version}`,
  })),
  fc
    .tuple(fc.constantFrom("1.0", "1.1"), fc.integer({ min: 100, max: 999 }), texts)
    .map(([version, status, reason]) => ({
      type: "response" as const,
      line: `HTTP/${version} ${status} ${reason}`,
    })),
);

const fieldLines = fc.tuple(tokens, texts).map(([name, value]) => `${name}:${value}`);

export const goodHeads: fc.Arbitrary<RandomHead> = fc
  .tuple(firstLines, fc.array(fieldLines, { maxLength: 4 }))
  .map(([{ type, line }, fields]) => ({
    type,
    text: [line, ...fields, "", ""].join("\r\n"),
  }));

const changes = fc.array(
  fc.record({
    at: fc.nat({ max: 120 }),
    drop: fc.nat({ max: 2 }),
    insert: textOf(nastyChars, 0, 2),
  }),
  { maxLength: 3 },
);

export const anyHeads: fc.Arbitrary<RandomHead> = fc
  .tuple(goodHeads, changes)
  .map(([{ type, text }, list]) => ({ type, text: list.reduce(change, text) }));

function change(text: string, { at, drop, insert }: { at: number; drop: number; insert: string }) {
  const place = at % (text.length + 1);
  return text.slice(0, place) + insert + text.slice(place + drop);
}

/** Where the bytes are cut into chunks. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.array(fc.nat({ max: 200 }), {
  maxLength: 12,
});

export function split(text: string, places: readonly number[]): string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1))), text.length].toSorted(
    (a, b) => a - b,
  );
  return ends.map((end, i) => text.slice(i === 0 ? 0 : ends[i - 1], end));
}
