// What every message socket promises of messages of all sizes, and of the buffers that they come from and go to.
import type { Steps } from "../../kernel/index.js";
import { now } from "../../runtime/index.js";
import { type MessageSocket, mrecv, mrecvl, msend, msendl } from "../../sockets/index.js";
import { demand, type Rule } from "./rules.js";
import {
  arrival,
  codeOf,
  expectCode,
  longestWay,
  pattern,
  succeedsAtOnce,
  together,
  whileCanceled,
} from "./tools.js";

export const sizes: readonly Rule<readonly [MessageSocket, MessageSocket]>[] = [
  {
    says: "a long message arrives whole, or is EMSGSIZE",
    *test([a, z]) {
      for (const length of [1200, 9000, 60_000]) {
        if (!(yield* passes(a, z, pattern(length)))) return;
      }
    },
  },
  {
    says: "an empty message arrives, or is EINVAL or EMSGSIZE where the protocol has none",
    *test([a, z]) {
      const code = yield* codeOf(msend(a, pattern(0), -1));
      demand(["none", "EINVAL", "EMSGSIZE"].includes(code), `it was ${code}`);
      yield* msend(a, pattern(3), -1);
      if (code === "none") {
        demand((yield* mrecv(z, now() + longestWay)).length === 0, "it was not received");
      }
      const next = yield* mrecv(z, now() + longestWay);
      demand(next.equals(pattern(3)), "the next message was another one");
    },
  },
  {
    says: "a message longer than the buffer is EMSGSIZE, and waits for a receive with more room",
    *test([a, z]) {
      yield* msend(a, pattern(5), -1);
      yield* msend(a, pattern(2), -1);
      yield* expectCode(mrecv(z, Buffer.alloc(4), -1), "EMSGSIZE");
      yield* expectCode(mrecv(z, Buffer.alloc(0), -1), "EMSGSIZE");
      const got = yield* mrecv(z, now() + longestWay);
      demand(got.equals(pattern(5)), "the message is lost");
      demand((yield* mrecv(z, -1)).equals(pattern(2)), "the next message was another one");
    },
  },
  {
    says: "a message shorter than the buffer leaves the rest of the buffer alone",
    *test([a, z]) {
      yield* msend(a, pattern(5), -1);
      const buffer = Buffer.alloc(8, 99);
      const got = yield* mrecv(z, buffer, -1);
      demand(got.equals(pattern(5)), "the filled part was not the message");
      demand(buffer.subarray(5).equals(Buffer.alloc(3, 99)), "more than that was written");
    },
  },
  {
    says: "a list is sent as one message, and a message is received into a list, without the gaps",
    *test([a, z]) {
      const sent = pattern(9);
      yield* msendl(a, [sent.subarray(0, 2), sent.subarray(2, 2), sent.subarray(2)], -1);
      const parts = [Buffer.alloc(1), Buffer.alloc(4, 99)] as const;
      const length = yield* mrecvl(z, [parts[0], { skip: 5 }, parts[1]], -1);
      demand(length === 9, `the message had ${length} bytes and not 9`);
      const wanted = Buffer.concat([sent.subarray(0, 1), sent.subarray(6), Buffer.from([99])]);
      demand(Buffer.concat(parts).equals(wanted), "the parts got other bytes");
    },
  },
  {
    says: "a buffer is the sender's own again once it is sent, and a received one is the receiver's",
    *test([a, z]) {
      const mine = Buffer.from(pattern(100));
      yield* msend(a, mine, -1);
      mine.fill(1);
      yield* msend(a, mine, -1);
      const got = yield* mrecv(z, -1);
      demand(got.equals(pattern(100)), "what the sender wrote into it later has arrived");
      yield* mrecv(z, -1);
      demand(got.equals(pattern(100)), "the next receive has changed the message before");
    },
  },
  {
    says: "what needs no wait succeeds though its deadline has passed",
    *test([a, z]) {
      yield* expectCode(msend(a, pattern(5), 0), "none");
      yield* arrival();
      yield* succeedsAtOnce(() => mrecv(z, 0));
    },
  },
  {
    says: "a coroutine that is being canceled can still send what needs no wait",
    *test([a, z]) {
      yield* whileCanceled(msend(a, pattern(5), -1));
      yield* expectCode(mrecv(z, now() + longestWay), "none");
    },
  },
];

/** Whether a message of that length is taken. */
function* passes(a: MessageSocket, z: MessageSocket, sent: Buffer): Steps<boolean> {
  let code = "none";
  let got: Buffer | undefined;
  const send = function* (): Steps<void> {
    code = yield* codeOf(msend(a, sent, -1));
  };
  const receive = function* (): Steps<void> {
    const patience = now() + 3_600_000; // on whatever wire
    const failed = yield* codeOf(
      (function* () {
        got = yield* mrecv(z, patience);
      })(),
    );
    if (code === "none" && failed !== "none") code = failed;
  };
  yield* together(send(), receive());
  if (code === "EMSGSIZE") return false;
  demand(code === "none", `a message of ${sent.length} bytes was ${code}`);
  const came = got === undefined ? "not" : `as ${got.length}`;
  demand(got?.equals(sent) === true, `a message of ${sent.length} bytes came ${came}`);
  return true;
}
