// What every bytestream promises of its end, and of who waits meanwhile.
import { hclose, hquery } from "../../handles/index.js";
import { now } from "../../runtime/index.js";
import { brecv, bsend, type Bytestream, bytestreamType } from "../../sockets/index.js";
import { demand, type Rule } from "./rules.js";
import { arrival, closedMeanwhile, expectCode, longestWay, many, pattern } from "./tools.js";

export const ends: readonly Rule<readonly [Bytestream, Bytestream]>[] = [
  {
    says: "closing one end is the end of the other: what was sent, and then EPIPE or ECONNRESET",
    *test([a, z], sim) {
      yield* bsend(a, pattern(10), -1);
      const got = Buffer.alloc(10);
      yield* brecv(z, got.subarray(0, 3), -1);
      hclose(a);
      if (sim.pick([true, false])) yield* arrival();
      yield* brecv(z, got.subarray(3), -1);
      demand(got.equals(pattern(10)), "other bytes have arrived than were sent");
      yield* expectCode(brecv(z, 1, -1), "EPIPE", "ECONNRESET");
    },
  },
  {
    says: "closing one end wakes who receives at the other with EPIPE or ECONNRESET",
    *test([a, z]) {
      const code = yield* closedMeanwhile(brecv(z, 1, -1), a, longestWay);
      demand(code === "EPIPE" || code === "ECONNRESET", `it was ${code}`);
    },
  },
  {
    says: "closing one end wakes who sends at the other with EPIPE or ECONNRESET",
    *test([a, z]) {
      const code = yield* closedMeanwhile(bsend(a, pattern(many), -1), z, longestWay);
      demand(code === "EPIPE" || code === "ECONNRESET", `it was ${code}`);
    },
  },
  {
    says: "closing wakes who sends with EBADF",
    *test([a]) {
      const code = yield* closedMeanwhile(bsend(a, pattern(many), -1), a);
      demand(code === "EBADF", `it was ${code}`);
    },
  },
  {
    says: "done ends one direction: what was sent, then EPIPE at both ends, and the other one goes on",
    *test([a, z]) {
      yield* bsend(a, pattern(4), -1);
      const methods = hquery(a, bytestreamType);
      if (methods.done === undefined) return; // not every type has it
      methods.done("checkBytestream");
      yield* expectCode(bsend(a, pattern(1), -1), "EPIPE");
      yield* expectCode(brecv(z, 4, -1), "none");
      yield* expectCode(brecv(z, 1, now() + longestWay), "EPIPE");
      yield* bsend(z, pattern(5), -1);
      yield* expectCode(brecv(a, 5, -1), "none");
    },
  },
];
