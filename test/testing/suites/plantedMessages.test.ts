import { expect } from "chai";
import { it } from "mocha";
import {
  hclose,
  hmake,
  ipcPair,
  isErrno,
  type MessageSocket,
  mrecv,
  mrecvl,
  msendl,
  msleep,
  now,
  type Operation,
  prefixAttach,
} from "libdill-ts";
import { dillError, type MessageMethods, messageType } from "libdill-ts/impl";
import { checkMessages } from "libdill-ts/testing";
import { rejectionOf } from "../../support/failure.js";

type Methods = Pick<MessageMethods, "send" | "receive" | "receiveInto">;
type Fault = (right: Methods) => Partial<Methods>;

/** A message socket of a program's own, on top of another one. */
function layered(s: MessageSocket, fault: Fault): MessageSocket {
  const right: Methods = {
    send: (list, deadline) => msendl(s, list, deadline),
    receive: (deadline) => mrecv(s, deadline),
    receiveInto: (list, deadline) => mrecvl(s, list, deadline),
  };
  const methods = { ...right, ...fault(right) };
  const h: unknown = hmake({
    query: (type) => (type === messageType ? methods : undefined),
    close: () => hclose(s),
  });
  return h as MessageSocket;
}

function pairWith(fault: Fault): () => Operation<readonly [MessageSocket, MessageSocket]> {
  return function* () {
    const [a, z] = yield* ipcPair();
    return [layered(prefixAttach(a, 4), fault), layered(prefixAttach(z, 4), fault)] as const;
  };
}

/** A send that fails with such an error leaves its mark behind that somebody is sending. */
function busyAfter(code: string): Fault {
  return ({ send }) => {
    let isSending = false;
    return {
      *send(list, deadline) {
        if (isSending) throw dillError("EBUSY", "msend");
        try {
          yield* send(list, deadline);
        } catch (error) {
          isSending = isErrno(error, code);
          throw error;
        }
      },
    };
  };
}

/** The operation of a method has waited, and fails with another error, or waits on. */
function turned(method: "send" | "receive", otherwise: (error: unknown) => Operation<void>): Fault {
  return (right) => ({
    *send(list, deadline) {
      const start = now();
      try {
        yield* right.send(list, deadline);
      } catch (error) {
        if (method === "send" && now() > start) yield* otherwise(error);
        throw error;
      }
    },
    *receive(deadline) {
      const start = now();
      try {
        return yield* right.receive(deadline);
      } catch (error) {
        if (method === "receive" && now() > start) yield* otherwise(error);
        throw error;
      }
    },
  });
}

const waitsOn =
  (...codes: string[]): ((error: unknown) => Operation<void>) =>
  (error) => ({
    *[Symbol.iterator]() {
      if (codes.some((code) => isErrno(error, code))) yield* msleep(-1);
    },
  });

/** The sentence of the rule, and who breaks it. */
const faults: readonly (readonly [string, Fault])[] = [
  [
    "a long message arrives whole, or is EMSGSIZE",
    ({ send }) => ({
      send: (list, deadline) => send([Buffer.concat(list).subarray(0, 1000)], deadline),
    }),
  ],
  [
    "an empty message arrives",
    ({ send }) => ({
      *send(list, deadline) {
        if (Buffer.concat(list).length > 0) yield* send(list, deadline);
      },
    }),
  ],
  [
    "a message longer than the buffer is EMSGSIZE, and waits",
    ({ receive }) => ({
      *receiveInto(list, deadline) {
        const message = yield* receive(deadline);
        let place = 0;
        for (const to of list) {
          if (to instanceof Uint8Array) place += message.copy(to, 0, place);
          else place = Math.min(place + to.skip, message.length);
        }
        if (place < message.length) throw dillError("EMSGSIZE", "mrecv");
        return message.length;
      },
    }),
  ],
  [
    "a message shorter than the buffer leaves the rest",
    ({ receiveInto }) => ({
      *receiveInto(list, deadline) {
        const length = yield* receiveInto(list, deadline);
        const [to] = list;
        if (to instanceof Uint8Array) to.fill(0, length);
        return length;
      },
    }),
  ],
  [
    "a list is sent as one message",
    ({ send }) => ({
      *send(list, deadline) {
        for (const bytes of list) yield* send([bytes], deadline);
      },
    }),
  ],
  [
    "a list is sent as one message",
    ({ receiveInto }) => ({
      receiveInto: (list, deadline) =>
        receiveInto(
          list.map((to) => (to instanceof Uint8Array ? to : { skip: 2 })),
          deadline,
        ),
    }),
  ],
  [
    "a buffer is the sender's own again once it is sent, and a received one is the receiver's",
    ({ receive }) => {
      const shared = Buffer.alloc(100_000);
      return {
        *receive(deadline) {
          const message = yield* receive(deadline);
          message.copy(shared);
          return shared.subarray(0, message.length);
        },
      };
    },
  ],
  [
    "what needs no wait succeeds though its deadline has passed",
    ({ send }) => ({
      *send(list, deadline) {
        if (deadline === 0) throw dillError("ETIMEDOUT", "msend");
        yield* send(list, deadline);
      },
    }),
  ],
  [
    "what needs no wait succeeds though its deadline has passed",
    ({ receive }) => ({
      *receive(deadline) {
        if (deadline === 0) throw dillError("ETIMEDOUT", "mrecv");
        return yield* receive(deadline);
      },
    }),
  ],
  [
    "a coroutine that is being canceled can still send what needs no wait",
    ({ send }) => ({
      *send(list, deadline) {
        yield* msleep(now());
        yield* send(list, deadline);
      },
    }),
  ],
  ["a send that finds no room ends with its deadline", busyAfter("ETIMEDOUT")],
  ["a send that is canceled is ECANCELED, and leaves", busyAfter("ECANCELED")],
  [
    "sends that find no room go on when the peer receives",
    ({ send, receive }) => {
      let isSending = false;
      return {
        *send(list, deadline) {
          isSending = true;
          try {
            yield* send(list, deadline);
          } finally {
            isSending = false;
          }
        },
        *receive(deadline) {
          if (isSending) yield* msleep(-1);
          return yield* receive(deadline);
        },
      };
    },
  ],
  [
    "a second send at the same time is EBUSY",
    ({ send }) => {
      let isSending = false;
      return {
        *send(list, deadline) {
          while (isSending) yield* msleep(now() + 1);
          isSending = true;
          try {
            yield* send(list, deadline);
          } finally {
            isSending = false;
          }
        },
      };
    },
  ],
  [
    "closing one end is the end of the other",
    ({ receive }) => {
      const ahead: Buffer[] = [];
      return {
        *receive(deadline) {
          // Looks for the end first, and forgets what has come before.
          for (;;) {
            try {
              ahead.push(yield* receive(0));
            } catch (error) {
              if (!isErrno(error, "ETIMEDOUT")) throw error;
              break;
            }
          }
          return ahead.shift() ?? (yield* receive(deadline));
        },
      };
    },
  ],
  ["closing one end wakes who receives at the other", turned("receive", waitsOn("EPIPE"))],
  ["closing one end wakes who sends at the other", turned("send", waitsOn("EPIPE", "ECONNRESET"))],
  [
    "closing wakes who sends with EBADF",
    turned("send", (error) => {
      if (isErrno(error, "EBADF")) throw dillError("ECONNRESET", "msend");
      return waitsOn()(error);
    }),
  ],
];

describe("checkMessages, planted faults", () => {
  it("finds nothing in a layer without a fault", async () => {
    await checkMessages(
      pairWith(() => ({})),
      { schedules: 30 },
    );
  }).timeout(60_000);

  it("finds nothing in a protocol with a longest message and without an empty one", async () => {
    const limited: Fault = ({ send }) => ({
      *send(list, deadline) {
        const { length } = Buffer.concat(list);
        if (length > 5000) throw dillError("EMSGSIZE", "msend");
        if (length === 0) throw dillError("EINVAL", "msend");
        yield* send(list, deadline);
      },
    });
    await checkMessages(pairWith(limited), { schedules: 30 });
  }).timeout(60_000);

  for (const [i, [rule, fault]] of faults.entries()) {
    it(`${i + 1}: ${rule}`, async () => {
      const error = await rejectionOf(checkMessages(pairWith(fault), { schedules: 10 }));
      expect(String(error)).to.include(`checkMessages: ${rule}`);
    }).timeout(60_000);
  }
});
