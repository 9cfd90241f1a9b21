import { expect } from "chai";
import {
  brecv,
  bsend,
  type Coroutine,
  go,
  hclose,
  hmake,
  ipcDone,
  ipcPair,
  join,
  type MessageSocket,
  mrecv,
  msend,
  now,
  prefixAttach,
  prefixDetach,
  type PrefixSocket,
  run,
  termAttach,
  termDetach,
  termDone,
  type TermSocket,
} from "libdill-ts";
import { type MessageMethods, messageType } from "libdill-ts/impl";
import { census } from "../support/census.js";
import { codeOf, codeOrNone } from "../support/failure.js";
import { fedSocket } from "../support/fedSocket.js";
import { closeAll } from "../support/gate.js";
import { itBoth as it } from "../support/it.js";

describe("term", () => {
  it("ends one direction, again and again, and lets the other go on", function* () {
    const [a, b] = yield* terms();
    yield* msend(a, Buffer.from("last"), -1);
    yield* termDone(a, -1);
    expect(yield* codeOf(termDone(a, -1))).to.equal("EPIPE");
    expect(yield* codeOf(msend(a, Buffer.from("x"), -1))).to.equal("EPIPE");
    expect(String(yield* mrecv(b, -1))).to.equal("last");
    for (let i = 0; i < 3; i++) expect(yield* codeOf(mrecv(b, -1))).to.equal("EPIPE");
    yield* msend(b, Buffer.from("answer"), -1);
    expect(String(yield* mrecv(a, -1))).to.equal("answer");
    closeAll(a, b);
  });

  it("may have an empty terminator, which is an empty message", function* () {
    const [a, b] = yield* terms("");
    expect(yield* codeOf(msend(a, Buffer.alloc(0), -1))).to.equal("EINVAL");
    yield* termDone(a, -1);
    expect(yield* codeOf(mrecv(b, -1))).to.equal("EPIPE");
    closeAll(a, b);
  });

  it("refuses what is no terminator, and closes the socket", function* () {
    for (const wrong of [Buffer.alloc(33), 5, null]) {
      const [a, b] = yield* prefixes();
      expect(yield* codeOf(calling(() => termAttach(a, wrong as Buffer)))).to.equal("EINVAL");
      expect(yield* codeOf(mrecv(a, -1))).to.equal("EBADF");
      hclose(b);
    }
  });

  it("is taken off at the end of the conversation, and another one can begin", function* () {
    const [a, b] = yield* terms();
    const other = go(leave(b));
    for (const word of ["not", "heard"]) yield* msend(a, Buffer.from(word), -1);
    const [c, d] = [yield* termDetach(a, -1), yield* join(other, -1)];
    yield* msend(c, Buffer.from("bye"), -1);
    expect(String(yield* mrecv(d, -1))).to.equal("bye");
    const [e, f] = [prefixDetach(c), prefixDetach(d)];
    yield* bsend(e, Buffer.from("bytes"), -1);
    expect(String(yield* brecv(f, 5, -1))).to.equal("bytes");
    closeAll(e, f);
  });

  it("is taken off also where the peer's connection has ended, or both have said so", function* () {
    const [bare, raw] = yield* ipcPair();
    const s = termAttach(prefixAttach(bare, 1), "bye");
    yield* ipcDone(raw, -1);
    const left = yield* termDetach(s, -1);
    expect((yield* brecv(raw, 4, -1)).toString("hex")).to.equal("03627965");
    expect(yield* codeOf(mrecv(left, -1))).to.equal("EPIPE");
    closeAll(left, raw);

    const [a, b] = yield* terms();
    for (const t of [a, b]) yield* termDone(t, -1);
    for (const t of [a, b]) expect(yield* codeOf(mrecv(t, -1))).to.equal("EPIPE");
    for (const t of [a, b]) hclose(yield* termDetach(t, 0));
  });

  it("closes everything if the peer does not end the conversation", function* () {
    const before = census().handles;
    const late = [now() + 2, 0, Number.NaN];
    const codes: string[] = [];
    for (const deadline of late) {
      const [a, b] = yield* terms();
      codes.push(yield* codeOf(termDetach(a, deadline)));
      expect(yield* codeOf(mrecv(a, -1))).to.equal("EBADF");
      hclose(b);
    }
    const [a, b] = yield* terms();
    const detaching = go(
      (function* () {
        codes.push(yield* codeOrNone(termDetach(a, -1)));
      })(),
    );
    hclose(detaching);
    hclose(b);
    expect(codes).to.deep.equal(["ETIMEDOUT", "ETIMEDOUT", "EINVAL", "ECANCELED"]);
    expect(census().handles).to.equal(before);
  });

  it("has lost nothing of the carrier's when its end and more come at once", function* () {
    const { s, feed } = fedSocket();
    const term = termAttach(prefixAttach(s, 1), "!");
    feed(Buffer.from("\x01a\x01!\x05after"));
    expect(String(yield* mrecv(term, -1))).to.equal("a");
    const after = yield* termDetach(term, -1);
    expect(String(yield* mrecv(after, -1))).to.equal("after");
    hclose(after);
  });

  it("gives a second receiver no message from behind the end", function* () {
    const { s, feed } = fedSocket();
    const term = termAttach(prefixAttach(s, 1), "!");
    const codes: string[] = [];
    const first = go(noting(codes, term));
    feed(Buffer.from("\x01!\x05after"));
    // The first is ready, and has not looked yet.
    expect(yield* codeOf(mrecv(term, -1))).to.equal("EBUSY");
    yield* join(first, -1);
    expect(yield* codeOf(mrecv(term, -1))).to.equal("EPIPE");
    expect(codes).to.deep.equal(["EPIPE"]);
    const after = yield* termDetach(term, -1);
    expect(String(yield* mrecv(after, -1))).to.equal("after");
    hclose(after);
  });

  it("keeps a message that is too long, and those behind it, whoever else receives", function* () {
    const { s, feed } = fedSocket();
    const term = termAttach(prefixAttach(s, 1), "!");
    const first = go(codeInto(term));
    feed(Buffer.from("\x05first\x06second"));
    // It is ready, and has not looked yet.
    expect(yield* codeOf(mrecv(term, Buffer.alloc(1), -1))).to.equal("EBUSY");
    expect(yield* join(first, -1)).to.equal("EMSGSIZE");
    for (const word of ["first", "second"]) expect(String(yield* mrecv(term, -1))).to.equal(word);
    hclose(term);
  });

  it("is not taken off while somebody has yet to look at what came", function* () {
    const { s, feed } = fedSocket();
    const term = termAttach(prefixAttach(s, 1), "!");
    const first = go(codeInto(term));
    feed(Buffer.from("\x01!"));
    expect(yield* codeOf(termDetach(term, -1))).to.equal("EBUSY");
    expect(yield* join(first, -1)).to.equal("EPIPE");
  });

  it("stands on message sockets of a user's own", function* () {
    const inbox = ["one", "", "two", "bye"];
    const sent: string[] = [];
    const methods: MessageMethods = {
      *send(list) {
        sent.push(String(Buffer.concat(list)));
      },
      *receive() {
        return Buffer.from(inbox.shift() ?? "beyond");
      },
      *receiveInto() {
        throw new Error("is not asked");
      },
    };
    const h: unknown = hmake({ query: (t) => (t === messageType ? methods : null), close() {} });
    const s = termAttach(h as MessageSocket, "bye");
    expect(String(yield* mrecv(s, -1))).to.equal("one");
    expect((yield* mrecv(s, Buffer.alloc(3), -1)).length).to.equal(0);
    expect(yield* codeOf(mrecv(s, Buffer.alloc(2), -1))).to.equal("EMSGSIZE");
    expect(String(yield* mrecv(s, Buffer.alloc(3), -1))).to.equal("two");
    expect(yield* codeOf(mrecv(s, -1))).to.equal("EPIPE");
    hclose(yield* termDetach(s, -1));
    expect(sent).to.deep.equal(["bye"]);
  });

  it("is closed by the end of the run, with a carrier that was given back", async () => {
    const before = census();
    await run(
      (function* () {
        const [a, b] = yield* terms();
        const other = go(leave(b));
        yield* termDetach(a, -1);
        yield* join(other, -1);
      })(),
    );
    expect(census()).to.deep.equal(before);
  });
});

function* prefixes(): Coroutine<[PrefixSocket, PrefixSocket]> {
  const [a, b] = yield* ipcPair();
  return [prefixAttach(a, 2), prefixAttach(b, 2)];
}

function* terms(
  terminator = "bye",
): Coroutine<[TermSocket<PrefixSocket>, TermSocket<PrefixSocket>]> {
  const [a, b] = yield* prefixes();
  return [termAttach(a, terminator), termAttach(b, terminator)];
}

function* leave(s: TermSocket<PrefixSocket>): Coroutine<PrefixSocket> {
  return yield* termDetach(s, -1);
}

function* noting(codes: string[], s: MessageSocket): Coroutine {
  codes.push(yield* codeOrNone(mrecv(s, -1)));
}

function* codeInto(s: MessageSocket): Coroutine<string> {
  return yield* codeOrNone(mrecv(s, Buffer.alloc(1), -1));
}

function calling(call: () => unknown) {
  return {
    *[Symbol.iterator]() {
      return call();
    },
  };
}
