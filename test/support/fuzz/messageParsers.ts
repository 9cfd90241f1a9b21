// The parsers of messages, each with what it is fed and what may come of that.
import {
  type Bytestream,
  type Coroutine,
  isErrno,
  type MessageSocket,
  mrecv,
  prefixAttach,
  suffixAttach,
  termAttach,
  termDetach,
} from "libdill-ts";
import type { Nasty } from "./mutations.js";
import type { Random } from "./random.js";

/** One way to use a parser. */
export interface Setting {
  /** Before it is changed. */
  readonly good: Buffer;
  /** Receives all there is, and says what that was as it comes. It ends with an error. */
  readonly receive: (s: Bytestream, say: (what: string) => void) => Coroutine;
}

export interface Parser {
  readonly name: string;
  readonly nasty: Nasty;
  /** The codes that are documented, without those of a wrong call. */
  readonly codes: readonly string[];
  readonly setting: (random: Random) => Setting;
}

const anyEnd = ["ECONNRESET", "EMSGSIZE", "EPIPE"];

const prefix: Parser = {
  name: "prefix",
  nasty: [0, 1, 2, 0x7f, 0x80, 0xff],
  codes: anyEnd,
  setting(random) {
    const hdrlen = 1 + random.below(8);
    const littleEndian = random.chance(0.5);
    const maxSize = random.pick([0, 10, 255, 300, 70_000]);
    const good = several(random, () => {
      const body = Buffer.alloc(random.below(Math.min(maxSize, 300) + 1), random.below(256));
      const header = Buffer.alloc(8);
      header.writeBigUInt64BE(BigInt(body.length % 256 ** Math.min(hdrlen, 6)));
      const bytes = header.subarray(8 - hdrlen);
      return Buffer.concat([littleEndian ? bytes.toReversed() : bytes, body]);
    });
    return {
      good,
      *receive(s, say) {
        yield* receiveAll(prefixAttach(s, hdrlen, { littleEndian, maxSize }), maxSize, say);
      },
    };
  },
};

const suffix: Parser = {
  name: "suffix",
  nasty: [...Buffer.from("ab\r\n\0")],
  codes: anyEnd,
  setting(random) {
    const delimiter = delimiterOf(random);
    const maxSize = random.pick([0, 10, 300, 70_000]);
    return {
      good: several(random, () => Buffer.concat([lineOf(random), delimiter])),
      *receive(s, say) {
        yield* receiveAll(suffixAttach(s, delimiter, { maxSize }), maxSize, say);
      },
    };
  },
};

const term: Parser = {
  name: "term",
  nasty: suffix.nasty,
  codes: anyEnd,
  setting(random) {
    const delimiter = delimiterOf(random);
    const terminator = Buffer.alloc(random.pick([0, 1, 2, 32]), "x");
    const good = several(random, () => {
      return Buffer.concat([random.chance(0.3) ? terminator : lineOf(random), delimiter]);
    });
    const maxSize = random.pick([10, 300]);
    return {
      good,
      *receive(s, say) {
        for (let below: MessageSocket = suffixAttach(s, delimiter, { maxSize }); ; ) {
          const above = termAttach(below, terminator);
          yield* upToTheEnd(receiveAll(above, maxSize, say));
          below = yield* termDetach(above, -1);
          say("terminator");
          say((yield* mrecv(below, -1)).toString("latin1")); // fails if nothing stands behind it
        }
      },
    };
  },
};

export const messageParsers: readonly Parser[] = [prefix, suffix, term];

/** Some are found again in what stands before them. */
function delimiterOf(random: Random): Buffer {
  return Buffer.from(random.pick(["\n", "\r\n", "aab", "aaa", "abab", "a".repeat(32)]));
}

function lineOf(random: Random): Buffer {
  return Buffer.from(
    Array.from({ length: random.below(40) }, () => random.pick([97, 98, 13, 120])),
  );
}

function* receiveAll(s: MessageSocket, maxSize: number, say: (what: string) => void): Coroutine {
  for (;;) {
    const message = yield* mrecv(s, -1);
    if (message.length > maxSize) throw new Error(`a message of ${message.length} bytes`);
    say(message.toString("latin1"));
  }
}

export function several(random: Random, make: () => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: 1 + random.below(6) }, make));
}

/** Runs a coroutine that ends with EPIPE, if all is well. */
export function* upToTheEnd(coroutine: Coroutine): Coroutine {
  try {
    yield* coroutine;
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  }
}
