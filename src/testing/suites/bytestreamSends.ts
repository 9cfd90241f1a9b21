// What every bytestream promises of what is sent: in lists, from buffers of the sender's, in both directions at once, without a wait.
import { now } from "../../runtime/index.js";
import { brecv, brecvl, bsend, bsendl, type Bytestream } from "../../sockets/index.js";
import { demand, type Rule } from "./rules.js";
import {
  expectCode,
  later,
  many,
  pattern,
  succeedsAtOnce,
  together,
  whileCanceled,
  arrival,
  longestWay,
} from "./tools.js";

export const sends: readonly Rule<readonly [Bytestream, Bytestream]>[] = [
  {
    says: "lists are sent and received one part behind the other, without the gaps",
    *test([a, z]) {
      const sent = pattern(9);
      yield* bsendl(a, [sent.subarray(0, 2), sent.subarray(2, 2), sent.subarray(2)], -1);
      const got = yield* brecvl(z, [1, { skip: 3 }, Buffer.alloc(2), { skip: 1 }, 2], -1);
      const wanted = Buffer.concat([sent.subarray(0, 1), sent.subarray(4, 6), sent.subarray(7)]);
      demand(Buffer.concat(got).equals(wanted), "the parts got other bytes");
    },
  },
  {
    says: "a buffer is the sender's own again once it is sent",
    *test([a, z]) {
      const mine = Buffer.from(pattern(100));
      yield* bsend(a, mine, -1);
      mine.fill(1);
      const got = yield* brecv(z, 100, -1);
      demand(got.equals(pattern(100)), "what the sender wrote into it later has arrived");
    },
  },
  {
    says: "both ends can send more than there is room for at once, if both receive",
    *test([a, z]) {
      const there = Buffer.alloc(many);
      const back = Buffer.alloc(many);
      const sending = [bsend(a, pattern(many), -1), bsend(z, pattern(many), -1)];
      yield* together(...sending, brecv(z, there, -1), brecv(a, back, -1));
      demand(there.equals(pattern(many)) && back.equals(pattern(many)), "bytes went astray");
    },
  },
  {
    says: "what needs no wait succeeds though its deadline has passed",
    *test([a, z]) {
      yield* expectCode(bsend(a, pattern(5), 0), "none");
      yield* arrival();
      for (let i = 0; i < 5; i++) yield* succeedsAtOnce(() => brecv(z, 1, 0));
    },
  },
  {
    says: "a coroutine that is being canceled can still send what needs no wait",
    *test([a, z]) {
      yield* whileCanceled(bsend(a, pattern(5), -1));
      yield* expectCode(brecv(z, 5, now() + longestWay), "none");
    },
  },
  {
    says: "a second send at the same time is EBUSY, and does not disturb the first",
    *test([a, z]) {
      const got = Buffer.alloc(many);
      const second = later(10, () => expectCode(bsend(a, pattern(1), now() + 10), "EBUSY"));
      yield* together(
        bsend(a, pattern(many), -1),
        second,
        later(50, () => brecv(z, got, -1)),
      );
      demand(got.equals(pattern(many)), "other bytes have arrived than were sent");
    },
  },
];
