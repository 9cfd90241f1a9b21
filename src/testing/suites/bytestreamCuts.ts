// What every bytestream promises of a send or a receive that is cut in the middle: no byte is lost without a word.
import type { Steps } from "../../kernel/index.js";
import { now } from "../../runtime/index.js";
import { brecv, bsend, type Bytestream } from "../../sockets/index.js";
import { demand, type Rule } from "./rules.js";
import { arrival, codeOf, cutShort, expectCode, longestWay, many, pattern } from "./tools.js";

export const cuts: readonly Rule<readonly [Bytestream, Bytestream]>[] = [
  {
    says: "a receive that its deadline cuts in the middle breaks this direction, or loses nothing",
    *test([a, z]) {
      yield* bsend(a, pattern(2), -1);
      yield* arrival();
      yield* expectCode(brecv(z, 3, now() + 50), "ETIMEDOUT");
      yield* checkReceiving(a, z);
    },
  },
  {
    says: "a receive that is canceled in the middle breaks this direction, or loses nothing",
    *test([a, z]) {
      yield* bsend(a, pattern(2), -1);
      yield* arrival();
      const code = yield* cutShort(brecv(z, 3, -1));
      demand(code === "ECANCELED", `it was ${code}`);
      yield* checkReceiving(a, z);
    },
  },
  {
    says: "a send that its deadline cuts in the middle breaks this direction: ECONNRESET",
    *test([a, z]) {
      const code = yield* cutOff(() => codeOf(bsend(a, pattern(many), now() + 50)));
      demand(code === "ETIMEDOUT", `it was ${code}`);
      yield* checkSending(a, z);
    },
  },
  {
    says: "a send that is canceled in the middle is ECANCELED, and breaks this direction: ECONNRESET",
    *test([a, z]) {
      const code = yield* cutOff(() => cutShort(bsend(a, pattern(many), -1)));
      demand(code === "ECANCELED", `it was ${code}`);
      yield* checkSending(a, z);
    },
  },
];

/** Two bytes had come for a receive of three. */
function* checkReceiving(a: Bytestream, z: Bytestream): Steps<void> {
  yield* bsend(a, pattern(3).subarray(2), -1);
  const got = Buffer.alloc(3);
  const code = yield* codeOf(brecv(z, got, now() + longestWay));
  demand(code === "none" || code === "ECONNRESET", `the next receive was ${code}`);
  demand(code !== "none" || got.equals(pattern(3)), "bytes were lost");
  yield* checkOther(z, a);
}

/** The beginning of what was sent may come, and nothing else behind it. */
function* checkSending(a: Bytestream, z: Bytestream): Steps<void> {
  const sent = pattern(many);
  const part = Buffer.alloc(1000);
  for (let place = 0; ; place = (place + part.length) % sent.length) {
    if ((yield* codeOf(brecv(z, part, now() + 50))) !== "none") break;
    const isNext = part.equals(sent.subarray(place, place + part.length));
    demand(isNext, "other bytes have arrived than were sent");
  }
  const code = yield* codeOf(bsend(a, pattern(1), now() + 50));
  demand(code === "ECONNRESET", `the next send was ${code}`);
  yield* checkOther(z, a);
}

function* checkOther(from: Bytestream, to: Bytestream): Steps<void> {
  yield* expectCode(bsend(from, pattern(5), now() + 50), "none");
  const got = Buffer.alloc(5);
  const code = yield* codeOf(brecv(to, got, now() + longestWay));
  demand(code === "none" && got.equals(pattern(5)), "the other direction is broken, too");
}

/** Sends until one send has to wait. */
function* cutOff(send: () => Steps<string>): Steps<string> {
  for (;;) {
    const code = yield* send();
    if (code !== "none") return code;
  }
}
