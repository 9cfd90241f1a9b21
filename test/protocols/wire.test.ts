// The bytes that go over the wire are libdill's: seen there, or spoken by a peer in another language.
import { expect } from "chai";
import {
  brecv,
  bsend,
  type Bytestream,
  hclose,
  ipcAccept,
  ipcListen,
  ipcPair,
  type MessageSocket,
  mrecv,
  msend,
  msendl,
  prefixAttach,
  suffixAttach,
  termAttach,
  termDetach,
  termDone,
} from "libdill-ts";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { startPython, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";

const table: readonly [string, (s: Bytestream) => MessageSocket, string, string][] = [
  ["prefix of 2 bytes", (s) => prefixAttach(s, 2), "ABC", "0003414243"],
  ["prefix of 2 bytes, empty", (s) => prefixAttach(s, 2), "", "0000"],
  ["prefix of 8 bytes", (s) => prefixAttach(s, 8), "ABC", "0000000000000003414243"],
  [
    "prefix of 3 bytes, the lowest first",
    (s) => prefixAttach(s, 3, { littleEndian: true }),
    "ABC",
    "030000414243",
  ],
  ["suffix", (s) => suffixAttach(s, "\r\n"), "ABC", "4142430d0a"],
  ["suffix, empty", (s) => suffixAttach(s, Buffer.from([0])), "", "00"],
  ["term over prefix", (s) => termAttach(prefixAttach(s, 1), "bye"), "ABC", "03414243"],
];

describe("on the wire", () => {
  afterEach(stopProcesses);

  for (const [name, attach, message, wire] of table) {
    it(`${name}: ${JSON.stringify(message)} is ${wire}`, function* () {
      const [a, b] = yield* ipcPair();
      const s = attach(a);
      yield* msend(s, Buffer.from(message), -1);
      const bytes = Buffer.from(wire, "hex");
      expect((yield* brecv(b, bytes.length, -1)).toString("hex")).to.equal(wire);
      yield* bsend(b, bytes, -1);
      expect(String(yield* mrecv(s, -1))).to.equal(message);
      for (const h of [s, b]) hclose(h);
    });
  }

  it("a terminator is an ordinary message of the carrier", function* () {
    const [a, b] = yield* ipcPair();
    const s = termAttach(prefixAttach(a, 1), "bye");
    yield* termDone(s, -1);
    expect((yield* brecv(b, 4, -1)).toString("hex")).to.equal("03627965");
    yield* bsend(b, Buffer.from("03627965", "hex"), -1);
    expect(yield* codeOf(mrecv(s, -1))).to.equal("EPIPE");
    for (const h of [s, b]) hclose(h);
  });

  it("a peer in Python speaks prefix with struct", function* () {
    const s = prefixAttach(yield* acceptPython(structEcho), 4, { littleEndian: true });
    for (const message of ["hello", "", "x".repeat(300_000)]) {
      yield* msend(s, Buffer.from(message), -1);
      expect(String(yield* mrecv(s, -1))).to.equal(message.toUpperCase());
    }
    yield* msend(s, Buffer.from("stop"), -1);
    expect(yield* codeOf(mrecv(s, -1))).to.equal("EPIPE");
    hclose(s);
  });

  it("a peer in Python speaks term on prefix, and prefix after that", function* () {
    const s = termAttach(prefixAttach(yield* acceptPython(termEcho), 2), "bye");
    for (const message of ["hello", "", "goodbye", "by", "x".repeat(60_000)]) {
      yield* msend(s, Buffer.from(message), -1);
      expect(String(yield* mrecv(s, -1))).to.equal(message.toUpperCase());
    }
    const carrier = yield* termDetach(s, -1);
    expect(String(yield* mrecv(carrier, -1))).to.equal("5 messages");
    yield* msend(carrier, Buffer.from("bye"), -1);
    expect(yield* codeOf(mrecv(carrier, -1))).to.equal("EPIPE");
    hclose(carrier);
  });

  it("a peer in Python speaks suffix with readline", function* () {
    const s = suffixAttach(yield* acceptPython(lineEcho), "\n", { maxSize: 400_000 });
    for (const message of ["hello", "", "x".repeat(300_000)]) {
      yield* msendl(s, [Buffer.from(message.slice(0, 2)), Buffer.from(message.slice(2))], -1);
      expect(String(yield* mrecv(s, -1))).to.equal(message.toUpperCase());
    }
    yield* msend(s, Buffer.from("stop"), -1);
    expect(yield* codeOf(mrecv(s, -1))).to.equal("EPIPE");
    hclose(s);
  });
});

function* acceptPython(program: string) {
  const path = socketPath();
  const ls = yield* ipcListen(path, 10);
  startPython(program, path);
  const s = yield* ipcAccept(ls, -1);
  hclose(ls);
  return s;
}

const prelude = `
import socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f = s.makefile("rwb")
`;

const structEcho = `${prelude}
while True:
    (length,) = struct.unpack("<I", f.read(4))
    message = f.read(length)
    if message == b"stop": break
    f.write(struct.pack("<I", length) + message.upper())
    f.flush()
f.close()
s.close()
`;

const termEcho = `${prelude}
def receive(): return f.read(*struct.unpack(">H", f.read(2)))
def send(message):
    f.write(struct.pack(">H", len(message)) + message)
    f.flush()
count = 0
while (message := receive()) != b"bye":
    send(message.upper())
    count += 1
send(b"bye")
send(b"%d messages" % count)
if receive() != b"bye": sys.exit("no bye")
f.close()
s.close()
`;

const lineEcho = `${prelude}
while True:
    line = f.readline()
    if line == b"stop\\n": break
    f.write(line.upper())
    f.flush()
f.close()
s.close()
`;
