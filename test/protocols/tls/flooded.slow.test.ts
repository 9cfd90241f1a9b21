// A peer that sends without end costs no memory, whatever it sends, before the handshake is over and after.
import { once } from "node:events";
import { expect } from "chai";
import type { Coroutine } from "libdill-ts";
import { startPythonAt } from "../../support/carriers.js";
import { certificates } from "../../support/certificates.js";
import { type Forger, forgeAt } from "../../support/forgedRecords.js";
import { it } from "../../support/it.js";
import { startFixture, stopProcesses } from "../../support/process.js";
import { socketPath } from "../../support/tempDir.js";
import { until } from "../../support/until.js";

/** In bytes: more than the buffers of the system. */
const much = 64 << 20;

/** What a send has, as Python writes it. */
const large = 'b"x" * 16384';
const tiny = 'b"x"';

/** What comes in place of a handshake: how it begins, and what follows again and again. */
const handshakes: readonly (readonly [what: string, start: string, block: string])[] = [
  ["zeros", 'b""', 'b"\\0" * 65536'],
  ["empty records", 'b""', 'b"\\x16\\3\\1\\0\\0" * 13000'],
  [
    "a greeting that is said to be long, byte by byte",
    'b"\\x16\\3\\1\\0\\4\\1\\xff\\xff\\xff"',
    'b"\\x16\\3\\1\\0\\1x" * 10000',
  ],
  ["warnings", 'b""', 'b"\\x15\\3\\1\\0\\2\\1\\0" * 9000'],
  ["changes of the cipher", 'b""', 'b"\\x14\\3\\3\\0\\1\\1" * 10000'],
  ["a greeting, and then changes of the cipher", "greeting()", 'b"\\x14\\3\\3\\0\\1\\1" * 10000'],
  ["a greeting, again and again", "greeting()", "greeting() * 100"],
  ["a greeting, and then data", "greeting()", '(b"\\x17\\3\\3\\x40\\0" + b"x" * 16384) * 4'],
];

describe("a peer that sends without end through TLS", function () {
  this.timeout(60_000);
  afterEach(stopProcesses);

  for (const reader of ["takes nothing", "takes one byte"]) {
    for (const [what, block] of [
      ["data", large],
      ["records of one byte", tiny],
    ] as const) {
      it(`is held up by a reader that ${reader} of ${what}`, function* () {
        const flooded = yield* start(reader);
        const flooder = startPythonAt(`tls ${flooded.where}`, flooding(block, much));
        const sent = Number(yield* until(flooder.line()));
        const { code, growth } = yield* flooded.end();
        expect(code).to.equal("none");
        expect(sent).to.be.below(32 << 20);
        heldUp(growth);
      });
    }
  }

  it("of records of one byte is received in constant memory", function* () {
    const flooded = yield* start("takes all");
    const flooder = startPythonAt(`tls ${flooded.where}`, flooding(tiny, 200_000, 30));
    expect(Number(yield* until(flooder.line()))).to.equal(200_000);
    flooder.say("end");
    const { code, growth } = yield* flooded.end();
    expect(code).to.be.oneOf(["ECONNRESET", "EPIPE"]);
    heldUp(growth);
  });

  it("of requests for new keys is answered, and costs nothing", function* () {
    const flooded = yield* start("takes one byte");
    const forger = yield* until(forgeAt(flooded.where));
    yield* until(sendAll(forger, 40_000, () => forger.keyUpdate()));
    forger.wire.write(forger.record(23, Buffer.from("x")));
    const { code, growth } = yield* flooded.end();
    forger.wire.destroy();
    expect(code).to.be.oneOf(["none", "EPROTO"]);
    heldUp(growth);
  });

  it("of empty records is refused", function* () {
    const flooded = yield* start("takes one byte");
    const forger = yield* until(forgeAt(flooded.where));
    yield* until(sendAll(forger, 1000, () => forger.record(23, Buffer.alloc(0))));
    const { code, growth } = yield* flooded.end();
    forger.wire.destroy();
    expect(code).to.equal("EPROTO");
    heldUp(growth);
  });

  for (const [what, begin, block] of handshakes) {
    it(`is closed if it sends ${what} in place of a handshake`, function* () {
      const flooded = yield* start("takes nothing");
      const flooder = startPythonAt(flooded.where, greeting + flooding(block, much, 10, begin));
      const { code, growth } = yield* flooded.end();
      yield* until(flooder.line());
      expect(code).to.be.oneOf(["EPROTO", "ETIMEDOUT"]);
      heldUp(growth);
    });
  }
});

interface Flooded {
  readonly where: string;
  end(): Coroutine<{ readonly code: string; readonly growth: Growth }>;
}

type Growth = Readonly<Record<"heap" | "outside" | "peak", number>>;

function heldUp(growth: Growth): void {
  for (const bytes of Object.values(growth)) expect(bytes).to.be.below(48 << 20);
}

function* start(reader: string): Coroutine<Flooded> {
  const { certFile, keyFile } = certificates().server;
  const peer = startFixture("floodedTls", reader, socketPath(), certFile, keyFile);
  const read = function* <T>(): Coroutine<T> {
    return JSON.parse((yield* until(peer.line())) ?? "null") as T;
  };
  const { where } = yield* read<{ where: string }>();
  return {
    where,
    *end() {
      const { code } = yield* read<{ code: string }>();
      peer.say("report");
      return { code, growth: yield* read<Growth>() };
    },
  };
}

async function sendAll({ wire }: Forger, count: number, make: () => Buffer): Promise<void> {
  wire.on("error", () => {}); // it is closed at some time
  for (let i = 0; i < count && wire.writable; i += 100) {
    const records = Array.from({ length: 100 }, make);
    if (!wire.write(Buffer.concat(records))) {
      await Promise.race([once(wire, "drain"), once(wire, "close")]);
    }
  }
}

const greeting = `
def greeting():
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(into, out, server_hostname="localhost")
    try: client.do_handshake()
    except ssl.SSLWantReadError: pass
    return out.read()
`;

/** A program that says how much it has sent when nothing has gone for so many seconds, or all has. */
const flooding = (block: string, total: number, patience = 0.5, begin = 'b""'): string => `
block = ${block}
sent = 0
s.settimeout(${patience})
try:
    if ${begin}: s.sendall(${begin})
    while sent < ${total}:
        sent += s.send(block)
except OSError: pass
print(sent, flush=True)
sys.stdin.readline()
`;
