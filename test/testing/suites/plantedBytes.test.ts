import { expect } from "chai";
import { it } from "mocha";
import {
  brecvl,
  brecvSome,
  bsendl,
  type Bytestream,
  hclose,
  hmake,
  hquery,
  ipcPair,
  isErrno,
  msleep,
  now,
  type Operation,
} from "libdill-ts";
import { type BytestreamMethods, bytestreamType, dillError } from "libdill-ts/impl";
import { checkBytestream } from "libdill-ts/testing";
import { rejectionOf } from "../../support/failure.js";

type Methods = Pick<BytestreamMethods, "send" | "receive" | "receiveSome" | "done">;
type Fault = (s: Bytestream, right: Required<Methods>) => Partial<Methods>;

/** A bytestream of a program's own, on top of another one. */
function layered(s: Bytestream, fault: Fault): Bytestream {
  const right: Required<Methods> = {
    send: (list, deadline) => bsendl(s, list, deadline),
    receive: (list, deadline) => ({
      *[Symbol.iterator]() {
        yield* brecvl(s, list, deadline);
      },
    }),
    receiveSome: (into, deadline) =>
      typeof into === "number" ? brecvSome(s, into, deadline) : brecvSome(s, into, deadline),
    done: (syscall) => hquery(s, bytestreamType).done?.(syscall),
  };
  const methods = { ...right, ...fault(s, right) };
  const h: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close: () => hclose(s),
  });
  return h as Bytestream;
}

function pairWith(fault: Fault): () => Operation<readonly [Bytestream, Bytestream]> {
  return function* () {
    const [a, z] = yield* ipcPair();
    return [layered(a, fault), layered(z, fault)] as const;
  };
}

type List = Parameters<Methods["receive"]>[0];

const roomOf = (list: List): number =>
  list.reduce((sum, to) => sum + (to instanceof Uint8Array ? to.length : to.skip), 0);

function fill(list: List, bytes: Buffer): void {
  let place = 0;
  for (const to of list) {
    if (to instanceof Uint8Array) place += bytes.copy(to, 0, place);
    else place += to.skip;
  }
}

/** Says after such an error that everything is sent. */
function forgetting(code: string): Fault {
  return (_, { send }) => {
    let isCut = false;
    return {
      *send(list, deadline) {
        try {
          yield* send(list, deadline);
        } catch (error) {
          if (isCut) return;
          isCut = isErrno(error, code);
          throw error;
        }
      },
    };
  };
}

/** Receives what comes into a list of its own. Such an error leaves that for the next receive. */
function gathering(kept: readonly string[]): Fault {
  return (s) => {
    let gathered = Buffer.alloc(0);
    return {
      *receive(list, deadline) {
        const room = roomOf(list);
        try {
          while (gathered.length < room) {
            const some = yield* brecvSome(s, room - gathered.length, deadline);
            gathered = Buffer.concat([gathered, some]);
          }
          fill(list, gathered);
          gathered = Buffer.alloc(0);
        } catch (error) {
          if (!kept.some((code) => isErrno(error, code))) gathered = Buffer.alloc(0);
          throw error;
        }
      },
    };
  };
}

/** The sentence of the rule, and who breaks it. */
const faults: readonly (readonly [string, Fault])[] = [
  [
    "lists are sent and received one part behind the other",
    (_, { receive }) => ({
      receive: (list, deadline) =>
        receive(
          list.filter((to) => to instanceof Uint8Array),
          deadline,
        ),
    }),
  ],
  [
    "both ends can send more than there is room for at once",
    (_, { send, receive }) => {
      let isSending = false;
      return {
        *send(list, deadline) {
          isSending = true;
          yield* send(list, deadline);
          isSending = false;
        },
        *receive(list, deadline) {
          if (isSending) yield* msleep(-1);
          yield* receive(list, deadline);
        },
      };
    },
  ],
  [
    "what needs no wait succeeds though its deadline has passed",
    (_, { send }) => ({
      *send(list, deadline) {
        if (deadline === 0 && roomOf(list) > 0) throw dillError("ETIMEDOUT", "bsend");
        yield* send(list, deadline);
      },
    }),
  ],
  [
    "what needs no wait succeeds though its deadline has passed",
    (_, { receive }) => ({
      *receive(list, deadline) {
        if (deadline === 0 && roomOf(list) > 0) throw dillError("ETIMEDOUT", "brecv");
        yield* receive(list, deadline);
      },
    }),
  ],
  [
    "a coroutine that is being canceled can still send what needs no wait",
    (_, { send }) => ({
      *send(list, deadline) {
        yield* msleep(now());
        yield* send(list, deadline);
      },
    }),
  ],
  [
    "a second send at the same time is EBUSY",
    (_, { send }) => {
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
  ["a receive that its deadline cuts in the middle", gathering(["ECANCELED"])],
  ["a receive that is canceled in the middle", gathering(["ETIMEDOUT"])],
  ["a send that its deadline cuts in the middle", forgetting("ETIMEDOUT")],
  ["a send that is canceled in the middle is ECANCELED, and breaks", forgetting("ECANCELED")],
  [
    "closing one end is the end of the other",
    (s, { receive }) => {
      let ahead = Buffer.alloc(0);
      return {
        *receive(list, deadline) {
          const room = roomOf(list);
          if (room > 0 && ahead.length > 0) {
            // Looks for the end first, and forgets what has come before.
            try {
              ahead = Buffer.concat([ahead, yield* brecvSome(s, 1000, 0)]);
            } catch (error) {
              if (!isErrno(error, "ETIMEDOUT")) throw error;
            }
          } else if (room === 3) {
            ahead = Buffer.from(yield* brecvSome(s, 1000, deadline));
          }
          if (ahead.length < room) {
            const rest = Buffer.alloc(room - ahead.length);
            yield* receive([rest], deadline);
            ahead = Buffer.concat([ahead, rest]);
          }
          fill(list, ahead);
          ahead = ahead.subarray(room);
        },
      };
    },
  ],
  [
    "closing one end wakes who receives at the other",
    (_, { receive }) => ({
      *receive(list, deadline) {
        const start = now();
        try {
          yield* receive(list, deadline);
        } catch (error) {
          if (isErrno(error, "EPIPE") && now() > start) yield* msleep(-1);
          throw error;
        }
      },
    }),
  ],
  [
    "closing one end wakes who sends at the other",
    (_, { send }) => ({
      *send(list, deadline) {
        try {
          yield* send(list, deadline);
        } catch (error) {
          if (isErrno(error, "EPIPE", "ECONNRESET") && roomOf(list) > 1) yield* msleep(-1);
          throw error;
        }
      },
    }),
  ],
  [
    "closing wakes who sends with EBADF",
    (_, { send }) => ({
      *send(list, deadline) {
        try {
          yield* send(list, deadline);
        } catch (error) {
          if (isErrno(error, "EBADF")) throw dillError("ECONNRESET", "bsend");
          throw error;
        }
      },
    }),
  ],
  ["done ends one direction", () => ({ done: () => {} })],
];

describe("checkBytestream, planted faults", () => {
  it("finds nothing in a layer without a fault", async () => {
    await checkBytestream(
      pairWith(() => ({})),
      { schedules: 30 },
    );
  }).timeout(60_000);

  it("finds nothing in a layer that keeps what it has gathered", async () => {
    await checkBytestream(pairWith(gathering(["ETIMEDOUT", "ECANCELED"])), { schedules: 30 });
  }).timeout(60_000);

  for (const [i, [rule, fault]] of faults.entries()) {
    it(`${i + 1}: ${rule}`, async () => {
      const error = await rejectionOf(checkBytestream(pairWith(fault), { schedules: 10 }));
      expect(String(error)).to.include(`checkBytestream: ${rule}`);
    }).timeout(60_000);
  }

  it("a buffer is the sender's own again once it is sent", async () => {
    // Both ends are in one process, so that a layer can hand over the buffers themselves.
    const handed: Uint8Array[] = [];
    const lazy: Fault = (_, { send, receive }) => ({
      *send(list, deadline) {
        yield* send(list, deadline);
        if (roomOf(list) === 100) handed.push(...list);
      },
      *receive(list, deadline) {
        yield* receive(list, deadline);
        if (roomOf(list) === 100) fill(list, Buffer.concat(handed.splice(0)));
      },
    });
    const error = await rejectionOf(checkBytestream(pairWith(lazy), { schedules: 1 }));
    expect(String(error)).to.include("a buffer is the sender's own again");
  });

  it("a maker that makes no pair is EINVAL, and no broken rule", async () => {
    const one = function* () {
      return (yield* ipcPair())[0];
    };
    for (const make of [() => 5, one] as unknown[]) {
      const check = checkBytestream as (make: unknown) => Promise<void>;
      const error = await rejectionOf(check(make));
      expect(error).to.have.property("code", "EINVAL");
      expect(error).to.have.property("syscall", "checkBytestream");
    }
  });
});
