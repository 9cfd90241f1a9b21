// Peers that send more frames than anybody asks for.
import { expect } from "chai";
import {
  brecvSome,
  bsend,
  type Bytestream,
  choose,
  type Coroutine,
  go,
  hclose,
  hmake,
  ipcPair,
  join,
  msleep,
  now,
} from "libdill-ts";
import { type BytestreamMethods, bytestreamType, dillError } from "libdill-ts/impl";
import { wsAttachServer, wsDone, wsRecv, wsSend } from "libdill-ts/ws";
import { fedBytes } from "../../support/fedBytes.js";
import { codeOf, codeOrNone } from "../../support/failure.js";
import { fedSocket } from "../../support/fedSocket.js";
import { closeAll } from "../../support/gate.js";
import { it } from "../../support/it.js";
import { encrypt } from "../../support/tlsPair.js";
import { maskedFrame, plainFrame } from "../../support/wsFrames.js";

const none = Buffer.alloc(0);
const end = maskedFrame(0x81, Buffer.from("end"));

const floods: readonly (readonly [what: string, first: Buffer, again: Buffer])[] = [
  ["pings", none, maskedFrame(0x89, none)],
  ["pongs", none, maskedFrame(0x8a, none)],
  ["empty fragments", maskedFrame(0x01, none), maskedFrame(0x00, none)],
];

function repeated(bytes: Uint8Array, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => bytes));
}

/** Counts the turns of the event loop. */
function countTurns(): () => number {
  let turns = 0;
  let isCounting = true;
  const count = (): void => {
    turns += 1;
    if (isCounting) setImmediate(count);
  };
  setImmediate(count);
  return () => {
    isCounting = false;
    return turns;
  };
}

describe("a ws socket whose peer sends a flood", () => {
  for (const [what, first, again] of floods) {
    // As many as come at once: nothing but the reader itself can end its work on them.
    const flood = Buffer.concat([first, repeated(again, 10_000)]);

    it(`of ${what} gives way to the process, over a socket of the system's`, function* () {
      const { s: bare, feed } = fedSocket();
      const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
      const receiver = go(codeOrNone(wsRecv(s, -1)));
      const turns = countTurns();
      feed(flood);
      feed(what === "empty fragments" ? maskedFrame(0x80, none) : end);
      expect(yield* join(receiver, -1)).to.equal("none");
      expect(turns()).to.be.at.least(8);
      hclose(s);
    });

    it(`of ${what} gives way to the process, over TLS`, function* () {
      const [a, z] = yield* encrypt(yield* ipcPair());
      const s = yield* wsAttachServer(z, { noHttp: true }, -1);
      const last = what === "empty fragments" ? maskedFrame(0x80, none) : end;
      const sender = go(codeOrNone(bsend(a, Buffer.concat([flood, last]), -1)));
      yield* msleep(now() + 20);
      const turns = countTurns();
      yield* wsRecv(s, -1);
      expect(turns()).to.be.at.least(5);
      expect(yield* join(sender, -1)).to.equal("none");
      closeAll(s, a);
    });

    it(`of ${what} obeys a deadline`, function* () {
      const { s: bare, feed } = fedSocket();
      const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
      feed(first);
      const endless = repeated(again, 10_000);
      let isOver = false;
      const feedAgain = (): void => {
        feed(endless);
        if (!isOver) setImmediate(feedAgain);
      };
      setImmediate(feedAgain);
      expect(yield* codeOf(wsRecv(s, now() + 30))).to.equal("ETIMEDOUT");
      isOver = true;
      hclose(s);
    });

    it(`of ${what} is looked through by a receive that may not wait`, function* () {
      const { s: bare, feed } = fedSocket();
      const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
      feed(flood);
      feed(what === "empty fragments" ? maskedFrame(0x80, none) : end);
      expect((yield* wsRecv(s, 0)).type).to.equal("text");
      hclose(s);
    });

    it(`of ${what} becomes readable behind all that`, function* () {
      const { s: bare, feed } = fedSocket();
      const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
      feed(flood);
      const turns = countTurns();
      feed(what === "empty fragments" ? maskedFrame(0x80, none) : end);
      expect((yield* choose([{ op: "readable", s }], -1)).index).to.equal(0);
      expect(turns()).to.be.at.least(8);
      expect((yield* wsRecv(s, 0)).type).to.equal("text");
      hclose(s);
    });

    it(`of ${what} can be read from a bytestream that knows nothing of readers`, function* () {
      const { s: bare, feed } = fedBytes(false);
      const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
      feed(flood);
      feed(what === "empty fragments" ? maskedFrame(0x80, none) : end);
      expect((yield* wsRecv(s, -1)).type).to.equal("text");
      hclose(s);
    });
  }

  it("receives the end of a connection behind a flood, and not before", function* () {
    const { s: bare, feed, end: endIt } = fedSocket();
    const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
    feed(repeated(maskedFrame(0x89, none), 10_000));
    feed(end);
    endIt();
    expect((yield* wsRecv(s, -1)).data).to.equal("end");
    expect(yield* codeOf(wsRecv(s, -1))).to.equal("EPIPE");
    hclose(s);
  });

  it("loses nothing where a receive is canceled while it gives way", function* () {
    const { s: bare, feed } = fedSocket();
    const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
    const receiver = go(codeOrNone(wsRecv(s, -1)));
    feed(repeated(maskedFrame(0x89, none), 10_000));
    feed(end);
    hclose(receiver);
    expect((yield* wsRecv(s, -1)).data).to.equal("end");
    hclose(s);
  });

  it("answers each ping of a few, and of very many the last one", function* () {
    const { s: bare, feed, sent } = fedSocket();
    const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
    const receiver = go(codeOrNone(wsRecv(s, -1)));
    const pings = Array.from({ length: 500 }, (_, i) => maskedFrame(0x89, Buffer.from(`${i}`)));
    const pongs = (...names: readonly number[]): string[] =>
      names.map((i) => String(plainFrame(0x8a, Buffer.from(`${i}`))));
    feed(Buffer.concat(pings.slice(0, 10)));
    expect(sent).to.deep.equal(pongs(...Array(10).keys()));
    yield* msleep(now() + 5);
    feed(Buffer.concat(pings));
    yield* msleep(now() + 5);
    expect(sent.slice(10)).to.deep.equal(pongs(...Array(16).keys(), 499));
    yield* wsDone(s, 1000, "", -1);
    feed(end);
    expect(yield* join(receiver, -1)).to.equal("none");
    hclose(s);
  });

  it("answers nothing any more behind its close frame, or when it is closed", function* () {
    for (const finish of [(s: Parameters<typeof wsDone>[0]) => wsDone(s, 1000, "", -1), null]) {
      const { s: bare, feed, sent } = fedSocket();
      const s = yield* wsAttachServer(bare, { noHttp: true }, -1);
      const receiver = go(codeOrNone(wsRecv(s, -1)));
      feed(repeated(maskedFrame(0x89, none), 500));
      if (finish === null) hclose(s);
      else yield* finish(s);
      const before = sent.length;
      yield* msleep(now() + 5);
      expect(sent.length).to.equal(before);
      hclose(receiver);
      if (finish !== null) hclose(s);
    }
  });

  for (const over of ["a local socket", "TLS"]) {
    it(`of pings can still be sent to if the peer reads, over ${over}`, function* () {
      const ends = yield* ipcPair();
      const [a, z] = over === "TLS" ? yield* encrypt(ends) : ends;
      const s = yield* wsAttachServer(z, { noHttp: true }, -1);
      const reader = go(readAll(a));
      const flood = Buffer.concat([repeated(maskedFrame(0x89, Buffer.alloc(125)), 3000), end]);
      const sender = go(codeOrNone(bsend(a, flood, -1)));
      yield* wsRecv(s, -1);
      expect(yield* codeOrNone(wsSend(s, "text", "answer", -1))).to.equal("none");
      expect(yield* join(sender, -1)).to.equal("none");
      hclose(reader);
      closeAll(s, a);
    });
  }

  it("asks the bytestream beneath for no answer any more, once that can't be sent to", function* () {
    const bytes = Buffer.concat([repeated(maskedFrame(0x89, none), 500), end]);
    let at = 0;
    let posts = 0;
    const methods: BytestreamMethods = {
      *send() {},
      *receive() {},
      *receiveSome(most) {
        const taken = bytes.subarray(at, at + Number(most));
        at += taken.length;
        return taken;
      },
      post(_bytes, syscall) {
        posts += 1;
        throw dillError("ECONNRESET", syscall);
      },
    };
    const made: unknown = hmake({
      query: (type) => (type === bytestreamType ? methods : undefined),
      close() {},
    });
    const s = yield* wsAttachServer(made as Bytestream, { noHttp: true }, -1);
    expect((yield* wsRecv(s, -1)).data).to.equal("end");
    expect(posts).to.equal(1);
    expect(yield* codeOf(wsSend(s, "text", "x", -1))).to.equal("ECONNRESET");
    hclose(s);
  });
});

function* readAll(s: Parameters<typeof brecvSome>[0]): Coroutine {
  for (;;) yield* brecvSome(s, 65536, -1);
}
