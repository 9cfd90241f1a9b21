// What holds for every message socket, whatever protocol it is and whatever carries it.
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleClose,
  bundleGo,
  bundleWait,
  type Bytestream,
  choose,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  isErrno,
  join,
  type MessageSocket,
  mrecv,
  mrecvl,
  msend,
  msendl,
  msleep,
  now,
  type Operation,
  run,
} from "libdill-ts";
import { bytestreamType, hquery } from "libdill-ts/impl";
import { type Carrier, carriers } from "../support/bytestreams.js";
import { census } from "../support/census.js";
import { descriptors } from "../support/descriptors.js";
import { codeOf, codeOrNone, codeOfCall, failureOf } from "../support/failure.js";
import { closeAll } from "../support/gate.js";
import { itWith } from "../support/it.js";
import { type MessageStack, messageStacks } from "../support/messageStacks.js";

for (const stack of messageStacks) {
  for (const carrier of carriers) {
    describe(`messages: ${stack.name} on ${carrier.name}`, function () {
      this.timeout(20_000);
      exchangesMessages(stack, carrier);
      endsAndFails(stack, carrier);
      isCutShort(stack, carrier);
      isClosed(stack, carrier);
      isWatched(stack, carrier);
    });
  }
}

function exchangesMessages(stack: MessageStack, carrier: Carrier): void {
  const it = itWith(carrier);
  it("brings each message as it was sent, in order", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const texts = ["first", "", "a longer one behind an empty one", "", "x"];
    const sender = go(sendAll(a, texts));
    for (const text of texts) expect(String(yield* mrecv(b, -1))).to.equal(text);
    yield* join(sender, -1);
    closeAll(a, b);
  });

  it("brings a mebibyte both ways at once", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const large = Buffer.alloc(2 ** 20, "carried both ways. ");
    const all = bundle();
    for (const s of [a, b]) {
      bundleGo(all, sendAll(s, [large, "behind it"]));
      bundleGo(all, receiveBoth(s));
    }
    yield* bundleWait(all, -1);
    hclose(all);
    closeAll(a, b);

    function* receiveBoth(s: MessageSocket): Coroutine {
      expect((yield* mrecv(s, -1)).equals(large)).to.equal(true);
      expect(String(yield* mrecv(s, -1))).to.equal("behind it");
    }
  });

  it("sends a list as one message, and fills a list", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const sender = go(
      (function* () {
        yield* msendl(
          a,
          ["one ", "", "message"].map((text) => Buffer.from(text)),
          -1,
        );
        yield* msendl(a, [], -1);
        yield* msend(a, Buffer.from("into a buffer"), -1);
      })(),
    );
    const [head, tail] = [Buffer.alloc(3, "."), Buffer.alloc(20, ".")];
    expect(yield* mrecvl(b, [head, { skip: 3 }, tail], -1)).to.equal(11);
    expect([String(head), String(tail.subarray(0, 6))]).to.deep.equal(["one", "ssage."]);
    expect(yield* mrecvl(b, [], -1)).to.equal(0);
    const buffer = Buffer.alloc(20);
    const filled = yield* mrecv(b, buffer, -1);
    expect(String(filled)).to.equal("into a buffer");
    expect(filled.buffer).to.equal(buffer.buffer);
    hclose(sender);
    closeAll(a, b);
  });

  it("leaves a buffer as it is that stands behind a gap which the message does not cross", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const sender = go(sendAll(a, ["six by", "next"]));
    const [head, tail] = [Buffer.alloc(3, "."), Buffer.alloc(3, ".")];
    expect(yield* mrecvl(b, [head, { skip: 100 }, tail], -1)).to.equal(6);
    expect([String(head), String(tail)]).to.deep.equal(["six", "..."]);
    expect(String(yield* mrecv(b, -1))).to.equal("next");
    hclose(sender);
    closeAll(a, b);
  });

  it("keeps a message that is longer than the room for it", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const sender = go(sendAll(a, ["seventeen letters", "next"]));
    const small = Buffer.alloc(4);
    for (const attempt of [mrecv(b, small, -1), mrecvl(b, [small, { skip: 12 }], -1)]) {
      const error = yield* failureOf(attempt);
      expect(error.code).to.equal("EMSGSIZE");
    }
    expect(yield* codeOf(mrecv(b, Number.NaN))).to.equal("EINVAL");
    expect(String(yield* mrecv(b, -1))).to.equal("seventeen letters");
    expect(String(yield* mrecv(b, small, -1))).to.equal("next");
    hclose(sender);
    closeAll(a, b);
  });

  it("keeps a message whose buffer was given away meanwhile", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const buffer = Buffer.alloc(10);
    for (const sent of ["", "short", "long enough"]) {
      const memory = new Uint8Array(10);
      const receiver = go(ending(mrecv(b, memory, -1)));
      structuredClone(memory, { transfer: [memory.buffer] });
      yield* msend(a, Buffer.from(sent), -1);
      expect(yield* join(receiver, -1)).to.equal("EINVAL");
      if (sent.length > 10) expect(yield* codeOf(mrecv(b, buffer, -1))).to.equal("EMSGSIZE");
      expect(String(yield* mrecv(b, -1))).to.equal(sent);
    }
    closeAll(a, b);
  });

  it("gives the deadline 0 what is there, and nothing else", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    expect(yield* codeOf(mrecv(b, 0))).to.equal("ETIMEDOUT");
    yield* msend(a, Buffer.from("there"), 0);
    yield* msend(a, Buffer.from("there, too"), 0);
    expect(String(yield* mrecv(b, now() + 1000))).to.equal("there");
    if (carrier.name !== "a socket that reports one byte at a time") {
      expect(String(yield* mrecv(b, 0))).to.equal("there, too");
    } else {
      expect(String(yield* mrecv(b, now() + 1000))).to.equal("there, too");
    }
    expect(yield* codeOf(mrecv(b, 0))).to.equal("ETIMEDOUT");
    closeAll(a, b);
  });

  it("refuses what is no buffer and no deadline, and goes on", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const wrong: readonly unknown[] = ["text", 5, null, undefined];
    for (const each of wrong) {
      expect(yield* codeOf(msend(a, each as Buffer, -1))).to.equal("EINVAL");
      expect(yield* codeOf(msendl(a, [each as Buffer], -1))).to.equal("EINVAL");
      expect(yield* codeOf(mrecvl(b, [each as Buffer], -1))).to.equal("EINVAL");
      expect(yield* codeOf(mrecv(b, each as Buffer, -1))).to.equal("EINVAL");
    }
    expect(yield* codeOf(msend(a, Buffer.from("x"), Number.NaN))).to.equal("EINVAL");
    expect(yield* codeOf(mrecv(b, Number.NaN))).to.equal("EINVAL");
    yield* goesOn(a, b);
    closeAll(a, b);
  });

  const { unsendable } = stack;
  if (unsendable !== undefined) {
    it("refuses a message that it can't carry, and goes on", function* () {
      const [a, b] = yield* messagePair(stack, carrier);
      expect(yield* codeOf(msend(a, unsendable, -1))).to.equal("EINVAL");
      const halves = [unsendable.subarray(0, 2), unsendable.subarray(2)];
      const error = yield* failureOf(msendl(a, halves, -1));
      expect([error.code, error.syscall]).to.deep.equal(["EINVAL", "msendl"]);
      yield* goesOn(a, b);
      closeAll(a, b);
    });

    if (carrier.isOurs) {
      it("says that the direction is busy, at its end or broken before it looks at a message", function* () {
        const [a, b] = yield* messagePair(stack, carrier);
        const sender = go(ending(msend(a, Buffer.alloc(4_000_000), -1)));
        expect(yield* codeOf(msend(a, unsendable, -1))).to.equal("EBUSY");
        hclose(sender);
        expect(yield* codeOf(msend(a, unsendable, -1))).to.equal("ECONNRESET");
        closeAll(a, b);

        const [bare, other] = yield* carrier.pair();
        hquery(bare, bytestreamType).done?.("done");
        const s = yield* stack.attach(bare);
        expect(yield* codeOf(msend(s, unsendable, -1))).to.equal("EPIPE");
        closeAll(s, other);
      });
    }
  }
}

function endsAndFails(stack: MessageStack, carrier: Carrier): void {
  const it = itWith(carrier);
  it("is EPIPE again and again after a clean end", function* () {
    const { s, raw } = yield* facingRaw(stack, carrier);
    yield* bsend(raw, stack.frame(Buffer.from("last")), -1);
    hquery(raw, bytestreamType).done?.("done");
    expect(String(yield* mrecv(s, -1))).to.equal("last");
    for (let i = 0; i < 3; i++) expect(yield* codeOf(mrecv(s, -1))).to.equal("EPIPE");
    yield* msend(s, Buffer.from("an answer"), -1);
    const peer = yield* stack.attachPeer(raw);
    expect(String(yield* mrecv(peer, -1))).to.equal("an answer");
    closeAll(s, peer);
  });

  it("is ECONNRESET again and again after an end inside a message", function* () {
    const wire = stack.frame(Buffer.from("torn"));
    for (let length = 1; length < wire.length; length++) {
      const { s, raw } = yield* facingRaw(stack, carrier);
      yield* bsend(raw, wire.subarray(0, length), -1);
      hquery(raw, bytestreamType).done?.("done");
      const codes: string[] = [];
      for (let i = 0; i < 3; i++) codes.push(yield* codeOf(mrecv(s, -1)));
      // From a bytestream that gives exact numbers only, nobody can know whether a byte had come before the end.
      const isKnown = carrier.losesNothing || length >= stack.firstRead;
      if (isKnown) expect(codes, `${length} bytes`).to.deep.equal(Array(3).fill("ECONNRESET"));
      else expect(codes[0]).to.equal("EPIPE");
      closeAll(s, raw);
    }
  });

  it("breaks by a message that is longer than its limit, and says so in the receive", function* () {
    const [bare, raw] = yield* carrier.pair();
    const s = yield* stack.attach(bare, 10);
    yield* bsend(raw, stack.frame(Buffer.from("ten bytes.")), -1);
    yield* bsend(raw, stack.frame(Buffer.from("and one more")), -1);
    yield* bsend(raw, stack.frame(Buffer.from("small")), -1);
    expect(String(yield* mrecv(s, -1))).to.equal("ten bytes.");
    const error = yield* failureOf(mrecvl(s, [Buffer.alloc(5)], -1));
    expect([error.code, error.syscall]).to.deep.equal(["EMSGSIZE", "mrecvl"]);
    expect(error.message).to.match(/^EMSGSIZE: the peer sends .* at most 10 .*, mrecvl$/);
    expect(error.stack).to.include("messages.test");
    expect(yield* codeOf(mrecv(s, -1))).to.equal("ECONNRESET");
    const sending = yield* codeOrNone(msend(s, Buffer.from("the other way"), -1));
    expect(sending).to.equal(stack.saysWhy ? "EPIPE" : "none");
    closeAll(s, raw);
  });

  it("says EBUSY to a second user, and disturbs neither", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const first = go(textOf(mrecv(b, -1)));
    expect(yield* codeOf(mrecv(b, -1))).to.equal("EBUSY");
    expect(yield* codeOf(mrecv(b, Buffer.alloc(1), -1))).to.equal("EBUSY");
    expect(yield* codeOf(mrecvl(b, [], 0))).to.equal("EBUSY");
    yield* msend(a, Buffer.from("for the first"), -1);
    expect(yield* join(first, -1)).to.equal("for the first");

    const large = Buffer.alloc(1_000_000, "large ");
    const sender = go(ending(msend(a, large, -1)));
    expect(yield* codeOf(msend(a, Buffer.from("x"), -1))).to.equal("EBUSY");
    expect((yield* mrecv(b, -1)).equals(large)).to.equal(true);
    expect(yield* join(sender, -1)).to.equal("none");
    yield* goesOn(a, b);
    closeAll(a, b);
  });
}

function isCutShort(stack: MessageStack, carrier: Carrier): void {
  const it = itWith(carrier);
  it("loses nothing by a deadline or a cancellation between messages", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    expect(yield* codeOf(mrecv(b, now() + 2))).to.equal("ETIMEDOUT");
    expect(yield* canceled(mrecv(b, -1))).to.equal("ECANCELED");
    yield* goesOn(a, b);
    closeAll(a, b);
  });

  if (carrier.losesNothing) {
    it("loses nothing by a deadline or a cancellation inside a message", function* () {
      const { s, raw } = yield* facingRaw(stack, carrier);
      const wire = stack.frame(Buffer.from("in pieces"));
      for (let length = 1; length < wire.length; length++) {
        yield* bsend(raw, wire.subarray(0, length), -1);
        const deadline = now() + (length % 3);
        expect(yield* codeOf(mrecv(s, deadline)), `${length}`).to.equal("ETIMEDOUT");
        expect(yield* canceled(mrecv(s, -1))).to.equal("ECANCELED");
        yield* bsend(raw, wire.subarray(length), -1);
        expect(String(yield* mrecv(s, -1))).to.equal("in pieces");
      }
      closeAll(s, raw);
    });
  }

  it("lets a coroutine that is told receive and send in its grace", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const codes: string[] = [];
    const group = bundle();
    bundleGo(
      group,
      (function* () {
        try {
          yield* mrecv(a, -1);
        } catch (error) {
          if (!isErrno(error)) throw error;
          codes.push(error.code);
          yield* msend(a, Buffer.from("farewell"), -1);
          codes.push(String(yield* mrecv(a, -1)));
        }
      })(),
    );
    const peer = go(
      (function* () {
        codes.push(String(yield* mrecv(b, -1)));
        yield* msend(b, Buffer.from("well"), -1);
      })(),
    );
    yield* bundleClose(group, now() + 5000);
    expect(codes).to.deep.equal(["ECANCELED", "farewell", "well"]);
    hclose(peer);
    closeAll(a, b);
  });
}

function isClosed(stack: MessageStack, carrier: Carrier): void {
  const it = itWith(carrier);
  it("gives EBADF to whoever waits when it is closed", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const waiting = [
      go(ending(mrecv(a, -1))),
      go(ending(msend(a, Buffer.alloc(4_000_000), -1))),
      go(ending(mrecv(b, Buffer.alloc(1), -1))),
    ];
    hclose(a);
    for (const h of waiting.slice(0, 2)) expect(yield* join(h, -1)).to.equal("EBADF");
    hclose(b);
    expect(yield* join(waiting[2] as (typeof waiting)[0], -1)).to.be.oneOf([
      "EBADF",
      "ECONNRESET",
      "EMSGSIZE",
    ]);
    expect(yield* codeOf(mrecv(a, -1))).to.equal("EBADF");
    expect(yield* codeOf(msend(a, Buffer.from("x"), -1))).to.equal("EBADF");
  });

  it("closes everything beneath", function* () {
    closeAll(...(yield* ipcPair())); // which keeps the place where the next pair meets
    const before = [census().handles, descriptors()];
    const [a, b] = yield* messagePair(stack, carrier);
    closeAll(a, b);
    expect([census().handles, descriptors()]).to.deep.equal(before);
  });

  it("is closed by the end of the run", async () => {
    const before = [census().handles, descriptors()];
    await run(
      (function* () {
        yield* messagePair(stack, carrier);
      })(),
    );
    expect([census().handles, descriptors()]).to.deep.equal(before);
  });

  it("takes the handle over, and closes it when that fails", function* () {
    const attaching = (s: unknown, maxSize?: number) =>
      codeOrNone(stack.attach(s as Bytestream, maxSize));
    const before = census().handles;
    const [a, b] = yield* carrier.pair();
    const s = yield* stack.attach(a);
    expect(codeOfCall(() => hclose(a))).to.equal("EBADF");
    expect(yield* attaching(a)).to.equal("EBADF");
    closeAll(s, b);

    const strange = bundle();
    expect(yield* attaching(strange)).to.equal("ENOTSUP");
    expect(codeOfCall(() => hclose(strange))).to.equal("EBADF");

    const [c, d] = yield* carrier.pair();
    expect(yield* attaching(c, -1)).to.equal("EINVAL");
    hclose(d);

    const codes: string[] = [];
    const [e, f] = yield* carrier.pair();
    hclose(
      go(
        (function* () {
          yield* codeOf(msleep(-1));
          codes.push(yield* attaching(e));
        })(),
      ),
    );
    expect(codes).to.deep.equal(["ECANCELED"]);
    hclose(f);
    expect(census().handles).to.equal(before);
  });

  if (carrier.isOurs) {
    it("is not put on a bytestream in use, which it closes", function* () {
      const [a, b] = yield* carrier.pair();
      const user = go(ending(brecv(a, 1, -1)));
      expect(yield* codeOrNone(stack.attach(a))).to.equal("EBUSY");
      expect(yield* join(user, -1)).to.equal("EBADF");
      hclose(b);
    });
  }

  it("is taken off by its own function only", function* () {
    const [a, b] = yield* carrier.pair();
    expect(yield* codeOrNone(detaching(stack, a))).to.equal("ENOTSUP");
    const s = yield* stack.attach(a);
    yield* goesOn(s, yield* stack.attachPeer(b));
  });

  if (stack.isBare) {
    it("gives back the bytestream at the first byte behind the messages", function* () {
      const { s, raw } = yield* facingRaw(stack, carrier);
      const wire = stack.frame(Buffer.from("message"));
      yield* bsend(raw, Buffer.concat([wire, Buffer.from("plain")]), -1);
      expect(String(yield* mrecv(s, -1))).to.equal("message");
      const bare = (yield* stack.detach(s, -1)) as Bytestream;
      expect(yield* codeOf(mrecv(s, -1))).to.equal("EBADF");
      expect(String(yield* brecv(bare, 5, -1))).to.equal("plain");
      yield* bsend(bare, Buffer.from("both ways"), -1);
      expect(String(yield* brecv(raw, 9, -1))).to.equal("both ways");
      closeAll(bare, raw);
    });
  }

  if (stack.isBare && carrier.isOurs) {
    it("gives back what has come of a message, and a message that was kept", function* () {
      const wire = stack.frame(Buffer.from("message"));
      const kept = stack.frame(Buffer.from("kept"));
      for (let length = 0; length < wire.length; length++) {
        const { s, raw } = yield* facingRaw(stack, carrier);
        yield* bsend(raw, Buffer.concat([kept, wire.subarray(0, length)]), -1);
        expect(yield* codeOf(mrecv(s, Buffer.alloc(1), -1))).to.equal("EMSGSIZE");
        if (length % 2 === 0) {
          expect(String(yield* mrecv(s, -1))).to.equal("kept");
          expect(yield* codeOf(mrecv(s, now() + 2))).to.equal("ETIMEDOUT");
        }
        const bare = (yield* stack.detach(s, -1)) as Bytestream;
        yield* bsend(raw, wire.subarray(length), -1);
        const expected = length % 2 === 0 ? wire : Buffer.concat([kept, wire]);
        const found = yield* brecv(bare, expected.length, -1);
        expect(found.toString("hex")).to.equal(expected.toString("hex"));
        closeAll(bare, raw);
      }
    });
  }

  it("is closed with everything beneath if it can't be taken off", function* () {
    const before = census().handles;
    const [a, b] = yield* messagePair(stack, carrier);
    const user = go(ending(mrecv(a, -1)));
    expect(yield* codeOf(detaching(stack, a))).to.equal("EBUSY");
    expect(yield* join(user, -1)).to.equal("EBADF");
    hclose(b);
    hclose(user);

    const [bare, raw] = yield* carrier.pair();
    const s = yield* stack.attach(bare, 1);
    yield* bsend(raw, stack.frame(Buffer.from("too long")), -1);
    expect(yield* codeOf(mrecv(s, -1))).to.equal("EMSGSIZE");
    expect(yield* codeOf(detaching(stack, s))).to.equal("ECONNRESET");
    hclose(raw);
    expect(census().handles).to.equal(before);
  });
}

function isWatched(stack: MessageStack, carrier: Carrier): void {
  const it = itWith(carrier);
  if (!carrier.isOurs) {
    it("is ENOTSUP for choose if the bytestream can't be watched", function* () {
      const [a, b] = yield* messagePair(stack, carrier);
      expect(yield* codeOf(choose([{ op: "readable", s: a }], -1))).to.equal("ENOTSUP");
      closeAll(a, b);
    });
    return;
  }

  it("is readable when a whole message has come, and not before", function* () {
    const { s, raw } = yield* facingRaw(stack, carrier);
    const wire = stack.frame(Buffer.from("whole"));
    for (let length = 1; length < wire.length; length++) {
      yield* bsend(raw, wire.subarray(0, length), -1);
      const clauses = [{ op: "readable", s }] as const;
      expect(yield* codeOf(choose(clauses, now() + 2)), `${length}`).to.equal("ETIMEDOUT");
      yield* bsend(raw, wire.subarray(length), -1);
      yield* choose(clauses, -1);
      yield* choose(clauses, 0);
      expect(yield* codeOf(mrecv(s, Buffer.alloc(1), 0))).to.equal("EMSGSIZE");
      yield* choose(clauses, 0);
      expect(String(yield* mrecv(s, 0))).to.equal("whole");
    }
    closeAll(s, raw);
  });

  it("is readable at the end", function* () {
    for (const cut of [0, 1]) {
      const { s, raw } = yield* facingRaw(stack, carrier);
      yield* bsend(raw, stack.frame(Buffer.from("x")).subarray(0, cut), -1);
      hclose(raw);
      yield* choose([{ op: "readable", s }], now() + 5000);
      expect(yield* codeOf(mrecv(s, 0))).to.equal(cut === 0 ? "EPIPE" : "ECONNRESET");
      yield* choose([{ op: "readable", s }], 0);
      hclose(s);
    }
  });

  it("is readable when what has come is no message, which the receive says", function* () {
    const [bare, raw] = yield* carrier.pair();
    const s = yield* stack.attach(bare, 3);
    yield* bsend(raw, stack.frame(Buffer.from("far too long")), -1);
    yield* choose([{ op: "readable", s }], now() + 5000);
    yield* choose([{ op: "readable", s }], 0);
    const error = yield* failureOf(mrecvl(s, [Buffer.alloc(5)], 0));
    expect([error.code, error.syscall]).to.deep.equal(["EMSGSIZE", "mrecvl"]);
    expect(yield* codeOf(mrecv(s, 0))).to.equal("ECONNRESET");
    closeAll(s, raw);
  });

  it("can't be taken off when what was seen of it is no message", function* () {
    const [bare, raw] = yield* carrier.pair();
    const s = yield* stack.attach(bare, 3);
    yield* bsend(raw, stack.frame(Buffer.from("far too long")), -1);
    yield* choose([{ op: "readable", s }], now() + 5000);
    expect(yield* codeOf(detaching(stack, s))).to.be.oneOf(["ECONNRESET", "EMSGSIZE"]);
    hclose(raw);
  });

  it("is in use while it is watched", function* () {
    const [a, b] = yield* messagePair(stack, carrier);
    const watcher = go(ending(choose([{ op: "readable", s: b }], -1)));
    expect(yield* codeOf(mrecv(b, -1))).to.equal("EBUSY");
    expect(yield* codeOf(choose([{ op: "readable", s: b }], -1))).to.equal("EBUSY");
    yield* msend(a, Buffer.from("seen"), -1);
    expect(yield* join(watcher, -1)).to.equal("none");
    expect(String(yield* mrecv(b, 0))).to.equal("seen");
    closeAll(a, b);
  });
}

function* messagePair(
  stack: MessageStack,
  carrier: Carrier,
): Coroutine<[MessageSocket, MessageSocket]> {
  const [a, b] = yield* carrier.pair();
  return [yield* stack.attach(a), yield* stack.attachPeer(b)];
}

/** A message socket, and the bytestream that its peer would have. */
function* facingRaw(
  stack: MessageStack,
  carrier: Carrier,
): Coroutine<{ s: MessageSocket; raw: Bytestream }> {
  const [a, raw] = yield* carrier.pair();
  return { s: yield* stack.attach(a), raw };
}

function* sendAll(s: MessageSocket, list: readonly (string | Buffer)[]): Coroutine {
  for (const each of list) yield* msend(s, Buffer.from(each), -1);
}

function* goesOn(a: MessageSocket, b: MessageSocket): Coroutine {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    yield* msend(from, Buffer.from("on it goes"), -1);
    expect(String(yield* mrecv(to, -1))).to.equal("on it goes");
  }
}

function* textOf(operation: Operation<Buffer>): Coroutine<string> {
  return String(yield* operation);
}

function* ending(operation: Operation<unknown>): Coroutine<string> {
  return yield* codeOrNone(operation);
}

/** What an operation throws whose coroutine is canceled. */
function* canceled(operation: Operation<unknown>): Coroutine<string> {
  const codes: string[] = [];
  const h = go(
    (function* () {
      codes.push(yield* codeOrNone(operation));
    })(),
  );
  hclose(h);
  return codes.join();
}

/** Taking a layer off, as an operation. */
function detaching(stack: MessageStack, s: MessageSocket | Bytestream): Operation<unknown> {
  return stack.detach(s as MessageSocket, now() + 1000);
}
