// What every message socket promises of its end, of who waits meanwhile, and of a send that is cut: no half message, ever.
import { hclose } from "../../handles/index.js";
import type { Steps } from "../../kernel/index.js";
import { now } from "../../runtime/index.js";
import { type MessageSocket, mrecv, msend } from "../../sockets/index.js";
import { demand, type Rule } from "./rules.js";
import {
  arrival,
  closedMeanwhile,
  codeOf,
  cutShort,
  expectCode,
  later,
  longestWay,
  many,
  pattern,
  together,
} from "./tools.js";

/** Long enough to be cut, and so short that every type takes it. */
const usual = 1000;
/** So many need more room than there is. */
const flood = many / usual;

export const cuts: readonly Rule<readonly [MessageSocket, MessageSocket]>[] = [
  {
    says: "a send that finds no room ends with its deadline, ETIMEDOUT, and leaves no half message",
    *test([a, z], sim) {
      const start = sim.elapsed;
      const code = yield* codeOf(sendOn(a, Infinity, 50));
      demand(code === "ETIMEDOUT", `it was ${code}`);
      const end = sim.elapsed - start;
      demand(end >= 50 && end < 5000, `it ended after ${end} ms and not after some 50`);
      yield* checkWhole(a, z);
    },
  },
  {
    says: "a send that is canceled is ECANCELED, and leaves no half message",
    *test([a, z]) {
      const code = yield* cutShort(sendOn(a, Infinity, -1));
      demand(code === "ECANCELED", `it was ${code}`);
      yield* checkWhole(a, z);
    },
  },
  {
    says: "sends that find no room go on when the peer receives, in both directions at once",
    *test([a, z]) {
      const there = receiveOn(z, flood);
      const back = receiveOn(a, flood);
      yield* together(sendOn(a, flood, -1), sendOn(z, flood, -1), there, back);
    },
  },
  {
    says: "a second send at the same time is EBUSY, and does not disturb the first",
    *test([a, z]) {
      const second = later(10, () => expectCode(msend(a, pattern(1), now() + 10), "EBUSY"));
      yield* together(
        sendOn(a, flood, -1),
        second,
        later(50, () => receiveOn(z, flood)),
      );
    },
  },
  {
    says: "closing one end is the end of the other: what was sent, and then EPIPE or ECONNRESET",
    *test([a, z], sim) {
      for (const length of [4, 5, 6]) yield* msend(a, pattern(length), -1);
      demand((yield* mrecv(z, -1)).equals(pattern(4)), "the first message was another one");
      hclose(a);
      if (sim.pick([true, false])) yield* arrival();
      demand((yield* mrecv(z, -1)).equals(pattern(5)), "the second message was another one");
      demand((yield* mrecv(z, -1)).equals(pattern(6)), "the third message was another one");
      yield* expectCode(mrecv(z, -1), "EPIPE", "ECONNRESET");
    },
  },
  {
    says: "closing one end wakes who receives at the other with EPIPE or ECONNRESET",
    *test([a, z]) {
      const code = yield* closedMeanwhile(mrecv(z, -1), a, longestWay);
      demand(code === "EPIPE" || code === "ECONNRESET", `it was ${code}`);
    },
  },
  {
    says: "closing one end wakes who sends at the other with EPIPE or ECONNRESET",
    *test([a, z]) {
      const code = yield* closedMeanwhile(sendOn(a, Infinity, -1), z, longestWay);
      demand(code === "EPIPE" || code === "ECONNRESET", `it was ${code}`);
    },
  },
  {
    says: "closing wakes who sends with EBADF",
    *test([a]) {
      const code = yield* closedMeanwhile(sendOn(a, Infinity, -1), a);
      demand(code === "EBADF", `it was ${code}`);
    },
  },
];

/** Sends so many messages, each under a deadline so far away; -1: none. */
function* sendOn(s: MessageSocket, count: number, patience: number): Steps<void> {
  for (let i = 0; i < count; i++) {
    yield* msend(s, pattern(usual), patience < 0 ? -1 : now() + patience);
  }
}

function* receiveOn(s: MessageSocket, count: number): Steps<void> {
  for (let i = 0; i < count; i++) {
    demand((yield* mrecv(s, -1)).equals(pattern(usual)), "a message has changed on its way");
  }
}

/** A send was cut. Whole messages come, and if one more can be sent, that is the last one. */
function* checkWhole(a: MessageSocket, z: MessageSocket): Steps<void> {
  yield* receiveWhole(z);
  const code = yield* codeOf(msend(a, pattern(3), now() + 50));
  demand(code === "none" || code === "ECONNRESET", `the next send was ${code}`);
  if (code === "none") yield* checkNext(z);
  yield* msend(z, pattern(5), now() + 50);
  const back = yield* mrecv(a, now() + longestWay);
  demand(back.equals(pattern(5)), "the other direction is broken, too");
}

function* receiveWhole(s: MessageSocket): Steps<void> {
  const take = function* (): Steps<void> {
    const message = yield* mrecv(s, now() + 50);
    demand(message.equals(pattern(usual)), "a part of a message has come as a whole one");
  };
  while ((yield* codeOf(take())) === "none");
}

function* checkNext(s: MessageSocket): Steps<void> {
  let message = yield* mrecv(s, now() + longestWay);
  if (message.equals(pattern(usual))) message = yield* mrecv(s, now() + longestWay);
  demand(message.equals(pattern(3)), "the next message was another one");
}
