// What a peer may conclude from the end that it sees, however the copy between it and its counterpart ends.
import { expect } from "chai";
import fc from "fast-check";
import {
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  copyBidirectional,
  type Coroutine,
  go,
  hclose,
  hmake,
  hquery,
  isErrno,
  msleep,
  now,
  run,
  tcpClose,
  type TcpSocket,
} from "libdill-ts";
import { httpAttach, httpClose } from "libdill-ts/http";
import { type BytestreamMethods, bytestreamType } from "libdill-ts/impl";
import { closeOpen } from "../support/gate.js";
import { tornEnds } from "../support/tcpEnds.js";

/** A deadline that may come in the middle, or one that never does. */
const soon = fc.oneof(fc.constant(-1), fc.nat(6));

const scripts = fc.record({
  sizes: fc.array(fc.oneof(fc.nat(300), fc.nat(300_000)), { maxLength: 5 }),
  /** Before each send. */
  turns: fc.nat(3),
  end: fc.constantFrom("done", "done", "reset", "none"),
  /** When it stops reading, and closes. */
  leaves: soon,
});

type Script = typeof scripts extends fc.Arbitrary<infer T> ? T : never;

const kinds = fc.constantFrom(...Object.values(tornEnds));

const relays = fc.record({
  deadline: soon,
  idle: fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 8 })),
  isCanceledAt: soon,
  closes: fc.constantFrom("hclose", "tcpClose", "httpClose"),
  /** When one of the sockets is closed under it. */
  closesOneAt: soon,
  closesFirst: fc.boolean(),
  isUsers: fc.boolean(),
  ends: fc.tuple(kinds, kinds),
});

type Relay = typeof relays extends fc.Arbitrary<infer T> ? T : never;

/** One peer: what it has done, and what it has seen. */
class Peer {
  sent = 0;
  hasEnded = false;
  received = 0;
  end = "none";
  isInOrder = true;

  private readonly s: Bytestream;
  private readonly script: Script;
  private isTorn = false;
  /** How many bytes the send has that is under way. */
  private sending = 0;

  constructor(s: Bytestream, script: Script) {
    this.s = s;
    this.script = script;
  }

  *live(): Coroutine {
    const { leaves } = this.script;
    const sending = go(this.send());
    const receiving = go(this.receive());
    try {
      yield* bundleWait(receiving, now() + (leaves === -1 ? 100 : leaves));
    } catch (error) {
      if (!isErrno(error, "ETIMEDOUT")) throw error;
    }
    for (const h of [sending, receiving]) hclose(h);
    if (!this.isTorn) this.hasEnded = true;
    hclose(this.s);
  }

  private *send(): Coroutine {
    const { sizes, turns, end } = this.script;
    try {
      for (const size of sizes) {
        for (let i = 0; i < turns; i++) yield;
        const bytes = counting(this.sent, size);
        this.sent += size;
        this.isTorn = true;
        this.sending = size;
        yield* bsend(this.s, bytes, -1);
        this.isTorn = false;
      }
      if (end === "reset") {
        hquery(this.s, bytestreamType).tear?.();
        this.isTorn = true;
      }
      if (end !== "done") return;
      hquery(this.s, bytestreamType).done?.("done");
      this.hasEnded = true;
    } catch (error) {
      if (!isErrno(error, "ECONNRESET", "ECANCELED")) throw error;
      if (this.isTorn && this.maySend()) {
        // It was cut before anything of it had gone: TLS waits for its engine first.
        this.sent -= this.sending;
        this.isTorn = false;
      }
    }
  }

  private maySend(): boolean {
    try {
      hquery(this.s, bytestreamType).checkSend?.("bsend");
      return true;
    } catch {
      return false;
    }
  }

  private *receive(): Coroutine {
    const buffer = Buffer.alloc(65_536);
    try {
      for (;;) {
        const bytes = yield* brecvSome(this.s, buffer, -1);
        if (!bytes.equals(counting(this.received, bytes.length))) this.isInOrder = false;
        this.received += bytes.length;
      }
    } catch (error) {
      if (!isErrno(error, "EPIPE", "ECONNRESET", "ECANCELED")) throw error;
      this.end = error.code;
    }
  }
}

function* pass(a: Bytestream, b: Bytestream, how: Relay): Coroutine {
  const [x, y]: Bytestream[] = how.isUsers ? [passing(a), passing(b)] : [a, b];
  try {
    const { deadline, idle } = how;
    const until = deadline <= 0 ? deadline : now() + deadline;
    yield* copyBidirectional(x as Bytestream, y as Bytestream, until, { idle });
  } catch (error) {
    if (!isErrno(error, "EBADF", "ECONNRESET", "ETIMEDOUT", "ECANCELED")) throw error;
  } finally {
    for (const s of [a, b]) yield* close(s, how);
  }
}

function* close(s: Bytestream, { closes }: Relay): Coroutine {
  try {
    if (closes === "tcpClose") yield* tcpClose(s as TcpSocket, now() + 1);
    if (closes === "httpClose") yield* httpClose(httpAttach(s), now() + 1);
  } catch (error) {
    if (!isErrno(error, "EBADF", "ECONNRESET", "ENOTSUP", "ETIMEDOUT", "ECANCELED")) throw error;
  } finally {
    closeOpen(s);
  }
}

function* closeOne(a: Bytestream, b: Bytestream, { closesOneAt, closesFirst }: Relay): Coroutine {
  if (closesOneAt === -1) return;
  yield* msleep(now() + closesOneAt);
  closeOpen(closesFirst ? a : b);
}

/** A bytestream of a user's, which passes everything on. */
function passing(s: Bytestream): Bytestream {
  const whole = hquery(s, bytestreamType) as Required<BytestreamMethods>;
  const methods: BytestreamMethods = {
    send: (list, deadline, syscall) => whole.send(list, deadline, syscall),
    receive: (list, deadline, syscall) => whole.receive(list, deadline, syscall),
    receiveSome: (into, deadline, syscall) => whole.receiveSome(into, deadline, syscall),
    done: (syscall) => whole.done(syscall),
    tear: () => whole.tear(),
  };
  const made: unknown = hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close() {},
  });
  return made as Bytestream;
}

describe("a copy between two peers, however it ends", function () {
  this.timeout(120_000);

  it("shows a clean end only to a peer that has got all that its counterpart sent before one", async () => {
    const seen = new Map<string, number>();
    const property = fc.asyncProperty(scripts, scripts, relays, async (left, right, how) => {
      await run(
        (function* () {
          const [a, l] = yield* how.ends[0]();
          const [b, r] = yield* how.ends[1]();
          const peers = [new Peer(l, left), new Peer(r, right)] as const;
          const all = bundle();
          for (const peer of peers) bundleGo(all, peer.live());
          const copying = go(pass(a, b, how));
          bundleGo(all, closeOne(a, b, how));
          const { isCanceledAt } = how;
          if (isCanceledAt !== -1) {
            yield* msleep(now() + isCanceledAt);
            hclose(copying);
          }
          yield* bundleWait(all, -1);
          hclose(all);
          check(peers[0], peers[1]);
          check(peers[1], peers[0]);
          for (const { end } of peers) seen.set(end, (seen.get(end) ?? 0) + 1);
        })(),
      );
    });
    await fc.assert(property, { numRuns: 100 });
    for (const end of ["EPIPE", "ECONNRESET"]) expect(seen.get(end)).to.be.above(0);
  });
});

function check(reader: Peer, counterpart: Peer): void {
  expect(reader.isInOrder).to.equal(true);
  expect(reader.received).to.be.at.most(counterpart.sent);
  if (reader.end !== "EPIPE") return;
  expect(counterpart.hasEnded).to.equal(true);
  expect(reader.received).to.equal(counterpart.sent);
}

/** Bytes that count on from a place in the stream, in a cycle that is no power of two. */
function counting(from: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (from + i) % 251));
}
