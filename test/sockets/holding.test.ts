// Operations of several steps have their direction to themselves, from the first step to the last one.
import { expect } from "chai";
import { run as effectionRun, sleep, spawn } from "effection";
import {
  type Bytestream,
  chmake,
  choose,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  hmake,
  join,
  type MessageSocket,
  mrecv,
  mrecvl,
  msend,
  msleep,
  now,
  type Operation,
  prefixAttach,
  termAttach,
  termDone,
  until,
} from "libdill-ts";
import { httpAttach, httpRecvrequest } from "libdill-ts/http";
import {
  type BytestreamMethods,
  bytestreamType,
  type MessageMethods,
  messageType,
} from "libdill-ts/impl";
import { codeOf, codeOrNone } from "../support/failure.js";
import { fedSocket } from "../support/fedSocket.js";
import { closeAll } from "../support/gate.js";
import { itBoth as it } from "../support/it.js";

interface Held {
  readonly op: (deadline: number) => Operation<unknown>;
  /** What else uses the direction. */
  readonly others: readonly ((deadline: number) => Operation<unknown>)[];
  /** Ends the wait beneath: the coroutine is ready, and has not looked yet. */
  readonly wake: () => Operation<void>;
  readonly close: () => void;
}

interface Case {
  readonly name: string;
  readonly set: () => Held;
}

const cases: readonly Case[] = [
  receiving("a message of a term socket", ourTerm, (s, deadline) => mrecv(s, deadline)),
  receiving("a message of a term socket, into buffers", ourTerm, (s, deadline) =>
    mrecvl(s, [Buffer.alloc(9)], deadline),
  ),
  receiving("a message of a term socket on a user's socket", usersTerm, (s, deadline) =>
    mrecv(s, deadline),
  ),
  receiving("a message on a user's bytestream", usersPrefix, (s, deadline) => mrecv(s, deadline)),
  {
    name: "a line of a head on a user's bytestream",
    set() {
      const { s, wake } = usersBytes("GET / HTTP/1.1\r\n");
      const http = httpAttach(s);
      const op = (deadline: number) => httpRecvrequest(http, deadline);
      return { op, others: [op], wake, close: () => hclose(http) };
    },
  },
  {
    name: "the end that is said",
    set() {
      const { s, wake } = usersMessages();
      const term = termAttach(s, "bye");
      const op = (deadline: number) => termDone(term, deadline);
      const others = [op, (deadline: number) => msend(term, Buffer.from("x"), deadline)];
      return { op, others, wake, close: () => hclose(term) };
    },
  },
];

for (const { name, set } of cases) {
  describe(`the direction of ${name}`, () => {
    it("is busy until that has come to its end", function* () {
      const { op, others, wake, close } = set();
      let code = "";
      const first = go(
        (function* (): Coroutine {
          code = yield* codeOrNone(op(-1));
        })(),
      );
      for (const other of others) expect(yield* codeOf(other(0))).to.equal("EBUSY");
      yield* msleep(now() + 1); // in a new turn, so that nobody gives way now
      yield* wake();
      for (const other of others) {
        if (code === "") expect(yield* codeOf(other(0))).to.equal("EBUSY");
      }
      yield* join(first, now() + 1000);
      expect(code).to.equal("none");
      for (const other of others) expect(yield* codeOf(other(0))).not.to.equal("EBUSY");
      close();
    });

    it("is free after a deadline, a cancellation and a halt", function* () {
      const { op, others, close } = set();
      expect(yield* codeOf(op(now() + 1))).to.equal("ETIMEDOUT");
      for (const other of others) expect(yield* codeOf(other(0))).to.equal("ETIMEDOUT");
      hclose(go(codeIn(op(-1))));
      for (const other of others) expect(yield* codeOf(other(0))).to.equal("ETIMEDOUT");
      yield* until(
        effectionRun(function* () {
          const task = yield* spawn(function* () {
            yield* op(-1);
          });
          yield* sleep(1);
          yield* task.halt();
        }),
        -1,
      );
      for (const other of others) expect(yield* codeOf(other(0))).to.equal("ETIMEDOUT");
      close();
    });

    it("is free after it was left in the middle", function* () {
      const { op, others, wake, close } = set();
      const left = go(leavingAndStaying(op(-1)));
      for (const other of others) expect(yield* codeOf(other(0))).to.equal("ETIMEDOUT");
      yield* msleep(now() + 1); // by now it sleeps
      for (const other of others) expect(yield* codeOf(other(0))).to.equal("ETIMEDOUT");
      hclose(left);
      yield* join(go(leaving(op(-1))), -1);
      for (const other of others) expect(yield* codeOf(other(0))).to.equal("ETIMEDOUT");
      const first = go(codeIn(op(-1)));
      yield* wake();
      expect(yield* join(first, now() + 1000)).to.equal("none");
      close();
    });

    it("is busy for an Effection program, too, until that has ended", function* () {
      const { op, others, wake, close } = set();
      let hasEnded = false;
      const program = effectionRun(function* () {
        yield* op(-1);
        hasEnded = true;
      });
      yield* join(go(severalTurns()), -1);
      for (const other of others) expect(yield* codeOf(other(0))).to.equal("EBUSY");
      yield* msleep(now() + 1);
      yield* wake();
      for (const other of others) {
        if (!hasEnded) expect(yield* codeOf(other(0))).to.equal("EBUSY");
      }
      yield* until(program, now() + 1000);
      for (const other of others) expect(yield* codeOf(other(0))).not.to.equal("EBUSY");
      close();
    });
  });
}

function* codeIn(op: Operation<unknown>): Coroutine<string> {
  return yield* codeOrNone(op);
}

// biome-ignore lint: a coroutine that ends at once.
function* leaving(op: Operation<unknown>): Coroutine {
  op[Symbol.iterator]().next(undefined);
}

function* leavingAndStaying(op: Operation<unknown>): Coroutine {
  op[Symbol.iterator]().next(undefined);
  yield; // which takes back what it was left in
  yield* msleep(-1);
}

function* severalTurns(): Coroutine {
  for (let i = 0; i < 10; i++) yield;
}

interface Fed<S> {
  readonly s: S;
  readonly wake: () => Operation<void>;
}

function receiving(
  name: string,
  make: () => Fed<MessageSocket>,
  receive: (s: MessageSocket, deadline: number) => Operation<unknown>,
): Case {
  return {
    name,
    set() {
      const { s, wake } = make();
      const op = (deadline: number) => receive(s, deadline);
      const isTerm = name.includes("term socket") && !name.includes("user");
      const readable = (deadline: number) => choose([{ op: "readable", s }], deadline);
      return { op, others: isTerm ? [op, readable] : [op], wake, close: () => hclose(s) };
    },
  };
}

function ourTerm(): Fed<MessageSocket> {
  const { s, feed } = fedSocket();
  return {
    s: termAttach(prefixAttach(s, 1), "bye"),
    *wake() {
      feed(Buffer.from("\x01a"));
    },
  };
}

function usersTerm(): Fed<MessageSocket> {
  const { s, wake } = usersMessages();
  return { s: termAttach(s, "bye"), wake };
}

function usersPrefix(): Fed<MessageSocket> {
  const { s, wake } = usersBytes("\x01a");
  return { s: prefixAttach(s, 1), wake };
}

/** It does not mind how many receive at once. */
function usersBytes(text: string): Fed<Bytestream> {
  const [near, far] = chmake<Buffer>();
  let rest: Buffer = Buffer.alloc(0);
  const methods: BytestreamMethods = {
    *send() {},
    *receive() {
      throw new Error("is not asked");
    },
    *receiveSome(most, deadline) {
      if (rest.length === 0) rest = yield* chrecv(far, deadline);
      const bytes = rest.subarray(0, Number(most));
      rest = rest.subarray(bytes.length);
      return bytes;
    },
  };
  const h: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close: () => closeAll(near, far),
  });
  return { s: h as Bytestream, wake: () => chsend(near, Buffer.from(text), -1) };
}

/** Of this one, too, as many may send and receive as like to. */
function usersMessages(): Fed<MessageSocket> {
  const [near, far] = chmake<Buffer>();
  const methods: MessageMethods = {
    *send(_list, deadline) {
      yield* chrecv(far, deadline);
    },
    *receive(deadline) {
      return yield* chrecv(far, deadline);
    },
    *receiveInto() {
      throw new Error("is not asked");
    },
  };
  const h: unknown = hmake({
    query: (type) => (type === messageType ? methods : undefined),
    close: () => closeAll(near, far),
  });
  return { s: h as MessageSocket, wake: () => chsend(near, Buffer.from("a"), -1) };
}
