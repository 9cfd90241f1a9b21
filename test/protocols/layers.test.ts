// What each function that puts a protocol on a socket, or takes it off, throws, and what becomes of the socket.
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  type Coroutine,
  go,
  type Handle,
  hclose,
  ipcPair,
  type IpcSocket,
  join,
  type MessageSocket,
  mrecv,
  msend,
  msleep,
  now,
  type Operation,
  prefixAttach,
  prefixDetach,
  suffixAttach,
  suffixDetach,
  termAttach,
  termDetach,
  termDone,
} from "libdill-ts";
import { codeOf, codeOrNone } from "../support/failure.js";
import { itBoth as it } from "../support/it.js";

interface Protocol {
  readonly name: string;
  readonly attach: (s: Handle) => MessageSocket;
  readonly detach: (s: Handle) => Operation<Handle>;
  /** What it is put on. */
  readonly carrier: (s: IpcSocket) => Handle;
}

const small = { maxSize: 3 };

const protocols: readonly Protocol[] = [
  {
    name: "prefix",
    attach: (s) => prefixAttach(s as IpcSocket, 1, small),
    detach: (s) => calling(() => prefixDetach(s as never)),
    carrier: (s) => s,
  },
  {
    name: "suffix",
    attach: (s) => suffixAttach(s as IpcSocket, "\n", small),
    detach: (s) => calling(() => suffixDetach(s as never)),
    carrier: (s) => s,
  },
  {
    name: "term",
    attach: (s) => termAttach(s as MessageSocket, "bye"),
    detach: (s) => termDetach(s as never, now() + 1000),
    carrier: (s) => prefixAttach(s, 1, small),
  },
];

for (const { name, attach, detach, carrier } of protocols) {
  describe(`${name}: attach and detach`, () => {
    const attaching = (s: Handle): Operation<unknown> => calling(() => attach(s));

    it("EBADF changes nothing", function* () {
      const [a, b] = yield* ipcPair();
      const s = attach(carrier(a));
      expect(yield* codeOf(attaching(a))).to.equal("EBADF");
      expect(yield* codeOf(detach(a))).to.equal("EBADF");
      for (const h of [s, b]) hclose(h);
    });

    it("ENOTSUP of attach closes the handle, that of detach leaves it", function* () {
      const strange = bundle();
      expect(yield* codeOf(detach(strange))).to.equal("ENOTSUP");
      expect(yield* codeOf(attaching(strange))).to.equal("ENOTSUP");
      expect(yield* codeOf(detach(strange))).to.equal("EBADF");
    });

    it("ECANCELED closes what it was to be put on", function* () {
      const [a, b] = yield* ipcPair();
      const below = carrier(a);
      const codes: string[] = [];
      const h = go(
        (function* () {
          yield* codeOf(msleep(-1));
          codes.push(yield* codeOrNone(attaching(below)));
        })(),
      );
      hclose(h);
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
      hclose(b);
    });

    it("EBUSY closes everything", function* () {
      for (const act of [attaching, detach]) {
        const [a, b] = yield* ipcPair();
        const below = carrier(a);
        const s = act === detach ? attach(below) : below;
        const user = go(using(s));
        yield; // if the turn was over, it begins only now
        expect(yield* codeOf(act(s))).to.equal("EBUSY");
        expect(yield* join(user, -1)).to.equal("EBADF");
        expect(yield* codeOf(brecv(b, 1, -1))).to.equal("EPIPE");
        hclose(b);
      }
    });

    it("ECONNRESET closes everything", function* () {
      const [a, b] = yield* ipcPair();
      const s = attach(carrier(a));
      yield* bsend(b, Buffer.from("longer than three"), -1);
      expect(yield* codeOf(mrecv(s, -1))).to.equal("EMSGSIZE");
      expect(yield* codeOf(detach(s))).to.equal("ECONNRESET");
      expect(yield* codeOf(msend(s, Buffer.from("x"), -1))).to.equal("EBADF");
      hclose(b);
    });
  });
}

describe("termDone", () => {
  it("is ENOTSUP for another socket", function* () {
    const [a, b] = yield* ipcPair();
    expect(yield* codeOf(termDone(a as never, -1))).to.equal("ENOTSUP");
    for (const h of [a, b]) hclose(h);
  });
});

function* using(s: Handle): Coroutine<string> {
  const receiving = brecv(s as IpcSocket, 1, -1);
  const code = yield* codeOrNone(receiving);
  return code === "ENOTSUP" ? yield* codeOrNone(mrecv(s as MessageSocket, -1)) : code;
}

/** A plain function as an operation. */
function calling<T>(call: () => T): Operation<T> {
  return {
    *[Symbol.iterator]() {
      return call();
    },
  };
}
