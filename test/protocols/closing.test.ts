// What closes a protocol in good order: prefixClose, suffixClose, termClose, wsClose and tlsClose. httpClose has a page of its own.
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Bytestream,
  type Coroutine,
  go,
  type Handle,
  hclose,
  hmake,
  hquery,
  ipcPair,
  join,
  type MessageSocket,
  mrecv,
  msend,
  now,
  type Operation,
  prefixAttach,
  prefixClose,
  type PrefixSocket,
  suffixAttach,
  suffixClose,
  type SuffixSocket,
  termAttach,
  termClose,
  type TermSocket,
} from "libdill-ts";
import { type BytestreamMethods, bytestreamType, messageType } from "libdill-ts/impl";
import { tlsClose, tlsDone, type TlsSocket } from "libdill-ts/tls";
import {
  wsAttachClient,
  wsAttachServer,
  wsClose,
  wsDone,
  type WsSocket,
  wsStatus,
} from "libdill-ts/ws";
import { carriers } from "../support/bytestreams.js";
import { codeOf } from "../support/failure.js";
import { newGate } from "../support/gate.js";
import { itBoth as it, itWith } from "../support/it.js";
import { encrypt } from "../support/tlsPair.js";

interface Closing {
  readonly name: string;
  /** Puts the protocol on both ends. */
  readonly attach: (ends: [Bytestream, Bytestream]) => Coroutine<[Handle, Handle]>;
  readonly close: (s: Handle, deadline: number) => Operation<void>;
  readonly send: (s: Handle, bytes: Buffer, deadline: number) => Operation<void>;
  readonly receive: (s: Handle, length: number, deadline: number) => Operation<Buffer>;
}

const messages = {
  send: (s: Handle, bytes: Buffer, deadline: number) => msend(s as MessageSocket, bytes, deadline),
  receive: (s: Handle, _length: number, deadline: number) => mrecv(s as MessageSocket, deadline),
};
const prefixes = ([a, z]: [Bytestream, Bytestream]): [PrefixSocket, PrefixSocket] => [
  prefixAttach(a, 4),
  prefixAttach(z, 4),
];

function* wsEnds([a, z]: [Bytestream, Bytestream]): Coroutine<[WsSocket, WsSocket]> {
  const server = yield* wsAttachServer(a, { noHttp: true }, -1);
  return [server, yield* wsAttachClient(z, { noHttp: true }, -1)];
}

const closings: readonly Closing[] = [
  {
    ...messages,
    name: "prefixClose",
    *attach(ends) {
      return prefixes(ends);
    },
    close: (s, deadline) => prefixClose(s as PrefixSocket, deadline),
  },
  {
    ...messages,
    name: "suffixClose",
    *attach([a, z]) {
      return [suffixAttach(a, "\n", { maxSize: 2 ** 24 }), suffixAttach(z, "\n")];
    },
    close: (s, deadline) => suffixClose(s as SuffixSocket, deadline),
  },
  {
    ...messages,
    name: "termClose",
    *attach(ends) {
      const [a, z] = prefixes(ends);
      return [termAttach(a, "bye"), termAttach(z, "bye")];
    },
    close: (s, deadline) => termClose(s as TermSocket, deadline),
  },
  {
    ...messages,
    name: "wsClose",
    attach: wsEnds,
    close: (s, deadline) => wsClose(s as WsSocket, 1001, "gone", deadline),
  },
  {
    ...messages,
    name: "wsClose, as a client",
    *attach([a, z]) {
      const [server, client] = yield* wsEnds([z, a]);
      return [client, server];
    },
    close: (s, deadline) => wsClose(s as WsSocket, 0, "", deadline),
  },
  {
    ...messages,
    name: "termClose over a WebSocket",
    *attach(ends) {
      const [a, z] = yield* wsEnds(ends);
      return [termAttach(a, "bye"), termAttach(z, "bye")];
    },
    close: (s, deadline) => termClose(s as TermSocket, deadline),
  },
  {
    name: "tlsClose",
    *attach([a, z]) {
      const [client, server] = yield* encrypt([z, a]);
      return [server, client];
    },
    close: (s, deadline) => tlsClose(s as TlsSocket, deadline),
    send: (s, bytes, deadline) => bsend(s as Bytestream, bytes, deadline),
    receive: (s, length, deadline) => brecv(s as Bytestream, length, deadline),
  },
];

const lastWords = Buffer.from("last words");
const large = Buffer.alloc(4_000_000, "x");

for (const { name, attach, close, send, receive } of closings) {
  describe(name, () => {
    for (const carrier of carriers) {
      itWith(carrier)(
        `lets the last words arrive, and the end behind them, over ${carrier.name}`,
        function* () {
          const [s, peer] = yield* attach(yield* carrier.pair());
          yield* send(s, lastWords, -1);
          const closing = go(run(close(s, now() + 8000)));
          const got = yield* receive(peer, lastWords.length, now() + 8000);
          expect(String(got)).to.equal("last words");
          expect(yield* codeOf(receive(peer, 1, now() + 8000))).to.equal("EPIPE");
          expect(yield* codeOf(join(closing, 0))).to.equal("ETIMEDOUT"); // it waits for the peer
          yield* close(peer, now() + 8000);
          yield* join(closing, now() + 8000);
          expect(yield* codeOf(close(s, -1))).to.equal("EBADF");
          hclose(closing);
        },
      );
    }

    it("drops what the peer still sends, so that it gets the last words", function* () {
      const [s, peer] = yield* attach(yield* ipcPair());
      yield* send(s, lastWords, -1);
      const closing = go(run(close(s, now() + 8000)));
      yield* send(peer, large, now() + 8000);
      const got = yield* receive(peer, lastWords.length, now() + 8000);
      expect(String(got)).to.equal("last words");
      yield* close(peer, now() + 8000);
      yield* join(closing, now() + 8000);
      hclose(closing);
    });

    it("closes also if the peer's end does not come in time", function* () {
      for (const deadline of [0, now() + 1]) {
        const [s, peer] = yield* attach(yield* ipcPair());
        expect(yield* codeOf(close(s, deadline))).to.equal("ETIMEDOUT");
        expect(yield* codeOf(close(s, -1))).to.equal("EBADF");
        hclose(peer);
      }
    });

    it("is ECANCELED in a coroutine that is canceled, and closes", function* () {
      const [s, peer] = yield* attach(yield* ipcPair());
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            codes.push(yield* codeOf(close(s, -1)));
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
      expect(yield* codeOf(close(s, -1))).to.equal("EBADF");
      expect(yield* codeOf(receive(peer, 1, now() + 8000))).to.equal("EPIPE");
      hclose(peer);
    });

    it("is ECONNRESET after a send that was cut in the middle, and closes", function* () {
      const [s, peer] = yield* attach(yield* ipcPair());
      expect(yield* codeOf(send(s, large, 0))).to.equal("ETIMEDOUT");
      expect(yield* codeOf(close(s, -1))).to.equal("ECONNRESET");
      expect(yield* codeOf(close(s, -1))).to.equal("EBADF");
      hclose(peer);
    });

    it("is EBUSY while a coroutine receives, and closes", function* () {
      const [s, peer] = yield* attach(yield* ipcPair());
      const receiving = go(run(codeOf(receive(s, 1, -1))));
      expect(yield* codeOf(close(s, -1))).to.equal("EBUSY");
      expect(yield* join(receiving, -1)).to.equal("EBADF");
      for (const h of [receiving, peer]) hclose(h);
    });

    it("leaves the handle open if the deadline is none (EINVAL), or if it is another kind's (ENOTSUP)", function* () {
      const [a] = yield* ipcPair();
      expect(yield* codeOf(close(a, -1))).to.equal("ENOTSUP");
      const [s, peer] = yield* attach(yield* ipcPair());
      expect(yield* codeOf(close(s, Number.NaN))).to.equal("EINVAL");
      for (const h of [a, s, peer]) hclose(h);
    });
  });
}

describe("wsClose", () => {
  it("tells the peer why, and its status that is none leaves the handle open (EINVAL, EMSGSIZE)", function* () {
    const [s, peer] = yield* wsEnds(yield* ipcPair());
    expect(yield* codeOf(wsClose(s, 999, "", -1))).to.equal("EINVAL");
    expect(yield* codeOf(wsClose(s, 1000, "x".repeat(124), -1))).to.equal("EMSGSIZE");
    const closing = go(run(wsClose(s, 1001, "gone", now() + 8000)));
    expect(yield* codeOf(mrecv(peer, now() + 8000))).to.equal("EPIPE");
    expect(wsStatus(peer)).to.deep.equal({ status: 1001, text: "gone" });
    yield* wsClose(peer, 1000, "", now() + 8000);
    yield* join(closing, now() + 8000);
    hclose(closing);
  });

  it("does not say it twice, and lets arrive what a peer is told who breaks the protocol", function* () {
    const [a, peer] = yield* ipcPair();
    const s = yield* wsAttachServer(a, { noHttp: true }, -1);
    yield* bsend(peer, Buffer.from("8100", "hex"), -1); // not masked
    expect(yield* codeOf(mrecv(s, -1))).to.equal("EPROTO");
    const closing = go(run(wsClose(s, 1000, "", now() + 8000)));
    yield* bsend(peer, large, now() + 8000);
    expect((yield* brecv(peer, 4, now() + 8000)).toString("hex")).to.equal("880203ea");
    expect(yield* codeOf(brecv(peer, 1, now() + 8000))).to.equal("EPIPE");
    hclose(peer);
    yield* join(closing, now() + 8000);
    hclose(closing);
    const [t, other] = yield* wsEnds(yield* ipcPair());
    yield* wsDone(t, 4000, "said", -1);
    expect(yield* codeOf(wsClose(t, 1000, "", 0))).to.equal("ETIMEDOUT");
    expect(yield* codeOf(mrecv(other, now() + 8000))).to.equal("EPIPE");
    expect(wsStatus(other)).to.deep.equal({ status: 4000, text: "said" });
    hclose(other);
  });
});

describe("a socket that has received what is no message", () => {
  const closers: Readonly<Record<string, (s: Bytestream) => [MessageSocket, Operation<void>]>> = {
    prefixClose(a) {
      const s = prefixAttach(a, 1, { maxSize: 1 });
      return [s, prefixClose(s, now() + 8000)];
    },
    suffixClose(a) {
      const s = suffixAttach(a, "\n", { maxSize: 1 });
      return [s, suffixClose(s, now() + 8000)];
    },
  };
  for (const [name, attach] of Object.entries(closers)) {
    it(`is closed in good order by ${name}, and drops what follows`, function* () {
      const [a, peer] = yield* ipcPair();
      const [s, close] = attach(a);
      yield* bsend(peer, Buffer.from("xxx"), -1);
      expect(yield* codeOf(mrecv(s, -1))).to.equal("EMSGSIZE");
      yield* msend(s, Buffer.from("!"), -1);
      const closing = go(run(close));
      yield* bsend(peer, large, now() + 8000);
      yield* brecv(peer, 2, now() + 8000);
      expect(yield* codeOf(brecv(peer, 1, now() + 8000))).to.equal("EPIPE");
      hclose(peer);
      yield* join(closing, now() + 8000);
      hclose(closing);
    });
  }
});

describe("termClose", () => {
  it("sends the terminator, and over a message socket of a user's waits for the peer's", function* () {
    const gate = newGate();
    const sent: string[] = [];
    const methods = {
      *send(list: readonly Uint8Array[]) {
        sent.push(String(Buffer.concat(list)));
      },
      *receive() {
        yield* gate.wait();
        return Buffer.from("bye");
      },
      *receiveInto() {
        return 0;
      },
    };
    let isClosed = false;
    const h: unknown = hmake({
      query: (type) => (type === messageType ? methods : undefined),
      close() {
        isClosed = true;
      },
    });
    const closing = go(run(termClose(termAttach(h as MessageSocket, "bye"), -1)));
    expect([sent, isClosed]).to.deep.equal([["bye"], false]);
    yield* gate.open();
    yield* join(closing, -1);
    expect(isClosed).to.equal(true);
    hclose(closing);
    gate.close();
  });
});

describe("tlsClose", () => {
  it("says the end over a bytestream that has no post, too", function* () {
    const [a, z] = yield* ipcPair();
    const [client, server] = yield* encrypt([withoutPost(a), withoutPost(z)]);
    const closing = go(run(tlsClose(server, now() + 8000)));
    expect(yield* codeOf(brecv(client, 1, now() + 8000))).to.equal("EPIPE");
    yield* tlsClose(client, now() + 8000);
    yield* join(closing, now() + 8000);
    hclose(closing);
  });

  it("goes on where tlsDone has begun", function* () {
    const [client, server] = yield* encrypt(yield* ipcPair());
    yield* tlsDone(server, -1);
    yield* tlsDone(client, -1);
    yield* tlsClose(server, now() + 8000);
    yield* tlsClose(client, now() + 8000);
  });
});

/** The socket, as a user's bytestream that can send and receive, and no more. */
function withoutPost(s: Bytestream): Bytestream {
  const whole = hquery(s, bytestreamType);
  const methods: BytestreamMethods = {
    send: (list, deadline, syscall) => whole.send(list, deadline, syscall),
    receive: (list, deadline, syscall) => whole.receive(list, deadline, syscall),
  };
  const query = (type: unknown) => (type === bytestreamType ? methods : undefined);
  const h: unknown = hmake({ query, close: () => hclose(s) });
  return h as Bytestream;
}

function* run<T>(operation: Operation<T>): Coroutine<T> {
  return yield* operation;
}
