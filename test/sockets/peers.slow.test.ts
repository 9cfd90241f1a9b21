// Sockets against programs that are not ours, in both roles: what arrives, and how it ends. How a peer's
// end looks is the kernel's decision: EPIPE is a clean one, ECONNRESET says that our data was lost with it.
import { createHash } from "node:crypto";
import { expect } from "chai";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  join,
  now,
} from "libdill-ts";
import {
  type Carrier,
  overCarriers,
  sendUntilItFails,
  startPythonAt,
  startPythonListener,
} from "../support/carriers.js";
import { codeOf, codeOrNone } from "../support/failure.js";
import { it } from "../support/it.js";
import { type OtherProcess, stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

interface Meeting {
  readonly s: Bytestream;
  readonly peer: OtherProcess;
}

type Meet = (carrier: Carrier, program: string) => Coroutine<Meeting>;

/** Starts a Python program to whom we are `c`, and meets it. */
const roles: Readonly<Record<string, Meet>> = {
  *"that we connect to"(carrier, program) {
    const begin = `${imports}c = l.accept()[0]\n${met}`;
    const { peer, where } = yield* until(startPythonListener(carrier, begin + program));
    const s = yield* carrier.dial(where, -1);
    expect(yield* until(peer.line())).to.equal("met"); // killed earlier, it would have refused us
    return { s, peer };
  },
  *"that connects to us"(carrier, program) {
    const { ls, where } = yield* carrier.listen(1);
    const peer = startPythonAt(where, `${imports}c = s\n${met}${program}`);
    const s = yield* carrier.accept(ls, -1);
    hclose(ls);
    expect(yield* until(peer.line())).to.equal("met");
    return { s, peer };
  },
};

const imports = "import hashlib, struct, threading\n";
const met = 'print("met", flush=True)\n';

for (const [role, meetOver] of Object.entries(roles)) {
  overCarriers(`a peer that is not ours, ${role}`, (carrier) => {
    const { done, close } = carrier;
    const meet = (program: string): Coroutine<Meeting> => meetOver(carrier, program);

    afterEach(stopProcesses);

    it("echoes many small messages and one of 16 MiB, whole and in order", function* () {
      const { s } = yield* meet(echo);
      for (let i = 0; i < 500; i++) yield* bsend(s, numbered(i), -1);
      for (let i = 0; i < 500; i++) {
        expect(String(yield* brecv(s, 8, -1))).to.equal(String(numbered(i)));
      }
      const big = Buffer.concat(Array.from({ length: 16 }, (_, i) => block(i)));
      const sender = go(
        (function* () {
          yield* bsend(s, big, -1);
          yield* done(s, -1);
        })(),
      );
      expect((yield* brecv(s, big.length, -1)).equals(big)).to.equal(true);
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
      hclose(s);
      yield* bundleWait(sender, -1);
      hclose(sender);
    });

    it("gets 64 MiB and sends 64 MiB at once, of which no byte is lost", function* () {
      const { s, peer } = yield* meet(exchange);
      const sent = createHash("sha1");
      const received = createHash("sha1");
      const both = bundle();
      bundleGo(
        both,
        (function* () {
          for (let i = 0; i < 64; i++) {
            const bytes = block(i);
            sent.update(bytes);
            yield* bsend(s, bytes, -1);
          }
          yield* done(s, -1);
        })(),
      );
      bundleGo(
        both,
        (function* () {
          const bytes = Buffer.alloc(1 << 20);
          for (let i = 0; i < 64; i++) received.update(yield* brecv(s, bytes, -1));
          expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
        })(),
      );
      yield* bundleWait(both, -1);
      const digest = sent.digest("hex");
      expect(yield* until(peer.line())).to.equal(digest);
      expect(received.digest("hex")).to.equal(digest); // it sends what we send
      yield* close(s, -1);
      hclose(both);
    });

    it("writes 20,000 times one byte, and gets as many from us, as a stream of bytes", function* () {
      const { s, peer } = yield* meet(bytewise);
      const sender = go(
        (function* () {
          for (let i = 0; i < 20_000; i++) yield* bsend(s, Buffer.of(i & 255), -1);
          yield* done(s, -1);
        })(),
      );
      const bytes = yield* brecv(s, 20_000, -1);
      expect(bytes.every((byte, i) => byte === (i & 255))).to.equal(true);
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
      expect(yield* until(peer.line())).to.equal("20000 True");
      yield* bundleWait(sender, -1);
      hclose(sender);
    });

    describe("half-close", () => {
      it("of ours ends its receives, and it can still answer", function* () {
        const { s } = yield* meet(`
question = b""
while True:
    data = c.recv(3)
    if not data: break
    question += data
c.sendall(question[::-1])
c.close()
`);
        yield* bsend(s, Buffer.from("question"), -1);
        yield* done(s, -1);
        expect(yield* codeOf(bsend(s, Buffer.from("x"), -1))).to.equal("EPIPE");
        expect(String(yield* brecv(s, 8, -1))).to.equal("noitseuq");
        expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
      });

      it("of its end is EPIPE for ever, and we can still answer", function* () {
        const { s, peer } = yield* meet(`
c.sendall(b"question")
c.shutdown(socket.SHUT_WR)
answer = b""
while len(answer) < 6: answer += c.recv(6)
print(answer.decode(), flush=True)
sys.stdin.read()
`);
        expect(String(yield* brecv(s, 8, -1))).to.equal("question");
        for (let i = 0; i < 3; i++) expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
        yield* bsend(s, Buffer.from("answer"), -1);
        expect(yield* until(peer.line())).to.equal("answer");
      });

      it("of both leaves both with an orderly close", function* () {
        const { s, peer } = yield* meet(`
c.shutdown(socket.SHUT_WR)
print(c.recv(1) == b"", flush=True)
sys.stdin.read()
`);
        yield* done(s, -1);
        expect(yield* until(peer.line())).to.equal("True");
        expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
        yield* close(s, 0);
      });
    });

    describe("killed", () => {
      it("in the middle of a message is an end in the middle: EPIPE", function* () {
        const { s, peer } = yield* meet(`
c.sendall(b"half")
sys.stdin.read()
`);
        expect(String(yield* brecv(s, 2, -1))).to.equal("ha");
        const receiver = start(codeOf(brecv(s, 8, -1)));
        yield* until(peer.kill());
        expect(yield* receiver.value()).to.equal("EPIPE");
        expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
        expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
      });

      it("while it receives is ECONNRESET for the sender", function* () {
        const { s, peer } = yield* meet(`
received = 0
while received < 4 << 20: received += len(c.recv(65536))
print("receiving", flush=True)
while True: c.recv(65536)
`);
        const sender = start(endOfSending(s));
        expect(yield* until(peer.line())).to.equal("receiving");
        yield* until(peer.kill());
        expect(yield* sender.value()).to.equal("ECONNRESET");
        expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
        // The kernel tells once that data was lost, and the sender may have been the one who was told.
        expect(yield* codeOf(brecv(s, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      });

      it("while we wait for it to read is ECONNRESET for the sender", function* () {
        const { s, peer } = yield* meet(mute);
        const sender = start(endOfSending(s));
        yield* until(peer.kill());
        expect(yield* sender.value()).to.equal("ECONNRESET");
        expect(yield* codeOf(brecv(s, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      });

      it("with data of ours unread is ECONNRESET for the receiver, and not EPIPE", function* () {
        const { s, peer } = yield* meet(mute);
        yield* bsend(s, Buffer.from("never read"), -1);
        const receiver = start(codeOf(brecv(s, 1, -1)));
        yield* until(peer.kill());
        expect(yield* receiver.value()).to.equal("ECONNRESET");
        expect(yield* codeOf(brecv(s, 1, -1))).to.equal("ECONNRESET");
        expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
      });

      it("before an orderly close is a clean end, or ECONNRESET with data of ours unread", function* () {
        for (const [sent, code] of [
          ["", "none"],
          ["never read", "ECONNRESET"],
        ] as const) {
          const { s, peer } = yield* meet(mute);
          yield* bsend(s, Buffer.from(sent), -1);
          yield* until(peer.kill());
          expect(yield* codeOrNone(close(s, -1))).to.equal(code);
          expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EBADF");
        }
      });
    });

    it("that closes after its last word is EPIPE after that word, and ECONNRESET for a sender", function* () {
      const { s, peer } = yield* meet(`
c.sendall(b"last word")
c.close()
print("closed", flush=True)
sys.stdin.read()
`);
      expect(yield* until(peer.line())).to.equal("closed");
      expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
      expect(String(yield* brecv(s, 9, -1))).to.equal("last word");
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("EPIPE");
    });

    it("that closes with our data unread is ECONNRESET for the receiver, and not EPIPE", function* () {
      const { s, peer } = yield* meet(`
c.recv(1)
c.sendall(b"last word")
sys.stdin.readline()
c.close()
sys.stdin.read()
`);
      yield* bsend(s, Buffer.from("more than one byte"), -1);
      expect(String(yield* brecv(s, 9, -1))).to.equal("last word");
      const receiver = start(codeOf(brecv(s, 1, -1)));
      peer.say("close");
      expect(yield* receiver.value()).to.equal("ECONNRESET");
      expect(yield* codeOf(brecv(s, 1, -1))).to.equal("ECONNRESET");
      expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
    });

    it("that closes with our data unread loses nothing of what it said before", function* () {
      const { s, peer } = yield* meet(`
c.recv(1)
c.sendall(b"last word")
c.close()
print("closed", flush=True)
sys.stdin.read()
`);
      yield* bsend(s, Buffer.from("more than one byte"), -1);
      expect(yield* until(peer.line())).to.equal("closed");
      expect(String(yield* brecv(s, 9, -1))).to.equal("last word");
      // Where bytes and the end come together, Node takes it for a clean one.
      expect(yield* codeOf(brecv(s, 1, -1))).to.be.oneOf(["EPIPE", "ECONNRESET"]);
      expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
    });

    it("that never reads makes a send run into its deadline, and receiving goes on", function* () {
      const { s, peer } = yield* meet(`
sys.stdin.readline()
c.sendall(b"still here")
sys.stdin.read()
`);
      expect(yield* codeOf(bsend(s, Buffer.alloc(8_000_000), now() + 30))).to.equal("ETIMEDOUT");
      expect(yield* sendUntilItFails(s)).to.equal("ECONNRESET");
      peer.say("speak");
      expect(String(yield* brecv(s, 10, -1))).to.equal("still here");
    });
  });
}

const echo = `
while True:
    data = c.recv(65536)
    if not data: break
    c.sendall(data)
`;

const mute = `
sys.stdin.read()
`;

const exchange = `
def send():
    for i in range(64): c.sendall(struct.pack(">I", i) * (1 << 18))
    c.shutdown(socket.SHUT_WR)
sender = threading.Thread(target=send)
sender.start()
h = hashlib.sha1()
while True:
    data = c.recv(1 << 18)
    if not data: break
    h.update(data)
sender.join()
print(h.hexdigest(), flush=True)
`;

const bytewise = `
def send():
    for i in range(20000): c.sendall(bytes([i & 255]))
    c.shutdown(socket.SHUT_WR)
sender = threading.Thread(target=send)
sender.start()
data = b""
while True:
    part = c.recv(65536)
    if not part: break
    data += part
sender.join()
print(len(data), data == bytes(i & 255 for i in range(20000)), flush=True)
`;

/** A MiB that tells its place in the stream. */
function block(i: number): Buffer {
  const place = Buffer.alloc(4);
  place.writeUInt32BE(i);
  return Buffer.alloc(1 << 20, place);
}

function numbered(i: number): Buffer {
  return Buffer.from(String(i).padStart(8));
}

/** Sends until it fails, and says with what. */
function* endOfSending(s: Bytestream): Coroutine<string> {
  const bytes = Buffer.alloc(1 << 20);
  for (;;) {
    const code = yield* codeOrNone(bsend(s, bytes, -1));
    if (code !== "none") return code;
  }
}

/** Runs the coroutine beside the caller's; the value can be asked for once. */
function start<T>(coroutine: Coroutine<T>): { value(): Coroutine<T> } {
  const h = go(coroutine);
  return {
    *value() {
      const value = yield* join(h, -1);
      hclose(h);
      return value;
    },
  };
}
