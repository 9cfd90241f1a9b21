import { expect } from "chai";
import { it } from "mocha";
import {
  brecvl,
  bsend,
  type Bytestream,
  chmake,
  type Handle,
  hclose,
  hmake,
  ipaddrLocal,
  ipcPair,
  type MessageSocket,
  now,
  type Operation,
  prefixAttach,
  suffixAttach,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpLocal,
  termAttach,
} from "libdill-ts";
import { type BytestreamMethods, bytestreamType } from "libdill-ts/impl";
import {
  checkBytestream,
  checkHandleType,
  checkMessages,
  ScheduleFailure,
} from "libdill-ts/testing";
import { rejectionOf } from "../../support/failure.js";

function* tcpPair() {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 1);
  const a = yield* tcpConnect(tcpLocal(ls), -1);
  const z = yield* tcpAccept(ls, -1);
  hclose(ls);
  return [a, z] as const;
}

function* prefixPair() {
  const [a, z] = yield* ipcPair();
  return [prefixAttach(a, 4), prefixAttach(z, 4)] as const;
}

function* suffixPair() {
  const [a, z] = yield* tcpPair();
  return [suffixAttach(a, "\r\n\r\n\r\n"), suffixAttach(z, "\r\n\r\n\r\n")] as const;
}

function* termPair() {
  const [a, z] = yield* prefixPair();
  return [termAttach(a, "the end of it"), termAttach(z, "the end of it")] as const;
}

/** A bytestream of a program's own on top of another one, with a fault. */
function wrapped(beneath: Bytestream, fault: "deadline" | "close" | "none"): Bytestream {
  const deadlineOf = (given: number): number => (fault === "deadline" ? -1 : given);
  const methods: Pick<BytestreamMethods, "send" | "receive"> = {
    send: (list, deadline) => bsend(beneath, Buffer.concat(list), deadlineOf(deadline)),
    receive: (list, deadline) => ({
      *[Symbol.iterator]() {
        yield* brecvl(beneath, list, deadlineOf(deadline));
      },
    }),
  };
  const h: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close() {
      if (fault !== "close") hclose(beneath);
    },
  });
  return h as Bytestream;
}

function pairWith(fault: "deadline" | "close" | "none") {
  return function* () {
    const [a, z] = yield* ipcPair();
    return [wrapped(a, fault), wrapped(z, fault)] as const;
  };
}

describe("checkBytestream", () => {
  const streams: Readonly<Record<string, () => Operation<readonly [Bytestream, Bytestream]>>> = {
    ipcPair,
    "a pair of tcp sockets": tcpPair,
  };
  for (const [name, make] of Object.entries(streams)) {
    it(`finds nothing in ${name}`, async () => {
      await checkBytestream(make, { schedules: 30 });
    }).timeout(60_000);

    it(`finds nothing in ${name} over a slow wire that splits`, async () => {
      await checkBytestream(make, {
        schedules: 30,
        network: () => ({ split: true, buffer: 1000, rate: 1000 }),
      });
    }).timeout(60_000);
  }

  it("finds a deadline that is not passed on", async () => {
    const error = await rejectionOf(checkBytestream(pairWith("deadline"), { schedules: 5 }));
    expect(String(error)).to.match(/a receive under a past deadline is ETIMEDOUT/);
    expect(error).to.have.property("cause").that.is.instanceof(ScheduleFailure);
  });

  it("finds that what is beneath is not closed", async () => {
    const error = await rejectionOf(checkBytestream(pairWith("close"), { schedules: 5 }));
    expect(String(error)).to.match(/handles are left open/);
  });
});

describe("checkMessages", () => {
  const sockets: Readonly<
    Record<string, () => Operation<readonly [MessageSocket, MessageSocket]>>
  > = { prefix: prefixPair, suffix: suffixPair, term: termPair };
  for (const [name, make] of Object.entries(sockets)) {
    it(`finds nothing in ${name}`, async () => {
      await checkMessages(make, { schedules: 30, network: () => ({ split: true }) });
    }).timeout(60_000);
  }
});

describe("checkHandleType", () => {
  const open = (close: () => void): Operation<Handle> => ({
    *[Symbol.iterator]() {
      return hmake({ query: () => undefined, close });
    },
  });

  it("finds nothing in a handle that does as it should", async () => {
    await checkHandleType(() => open(() => {}), { schedules: 20 });
  });

  it("finds a handle that leaves another one open", async () => {
    const leaky: Operation<Handle> = {
      *[Symbol.iterator]() {
        const [a, b] = chmake();
        return hmake({ query: () => (b > 0 ? undefined : b), close: () => hclose(a) });
      },
    };
    const error = await rejectionOf(checkHandleType(() => leaky, { schedules: 5 }));
    expect(String(error)).to.match(/closing it leaves nothing behind[^]*1 handles are left open/);
  });

  it("finds a timer of Node's that closing leaves behind", async () => {
    const timers: NodeJS.Timeout[] = [];
    const ticking: Operation<Handle> = {
      *[Symbol.iterator]() {
        timers.push(setInterval(() => {}, 1_000_000));
        return hmake({ query: () => undefined, close: () => {} });
      },
    };
    const error = await rejectionOf(checkHandleType(() => ticking, { schedules: 5 }));
    for (const timer of timers) clearInterval(timer);
    expect(String(error)).to.match(/closing it leaves nothing behind[^]*1 timers of Node's/);
  });

  it("finds a query that throws", async () => {
    const asked: Operation<Handle> = {
      *[Symbol.iterator]() {
        return hmake({
          query() {
            throw new Error("who asks?");
          },
          close: () => {},
        });
      },
    };
    const error = await rejectionOf(checkHandleType(() => asked, { schedules: 5 }));
    expect(String(error)).to.match(
      /asked for an interface that nobody has[^]*hquery was Error: who asks/,
    );
  });

  it("a pair in place of a handle is EINVAL, and no broken rule", async () => {
    const check = checkHandleType as (make: unknown) => Promise<void>;
    const error = await rejectionOf(check(ipcPair));
    expect(error).to.have.property("code", "EINVAL");
    expect(String(error)).to.include("an open handle");
  });

  it("is EINVAL with an option that is none, and no broken rule", async () => {
    const make = (): Operation<Handle> => open(() => {});
    const error = await rejectionOf(checkHandleType(make, { schedules: -5 }));
    expect(error).to.have.property("code", "EINVAL");
    expect(error).to.have.property("syscall", "checkHandleType");
  });

  it("is EINVAL without a function", async () => {
    const error = await rejectionOf(
      checkHandleType(undefined as unknown as () => Operation<Handle>),
    );
    expect(error).to.have.property("code", "EINVAL");
    expect(now()).to.be.above(0);
  });
});
