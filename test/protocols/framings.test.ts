// What prefix and suffix refuse, each in its own way.
import { expect } from "chai";
import {
  bsend,
  type Bytestream,
  go,
  hclose,
  ipcPair,
  mrecv,
  msend,
  msendl,
  now,
  prefixAttach,
  prefixDetach,
  suffixAttach,
} from "libdill-ts";
import { codeOf, codeOfCall, failureOf } from "../support/failure.js";
import { closeAll } from "../support/gate.js";
import { itBoth as it } from "../support/it.js";

const wrong: readonly [string, (s: Bytestream) => unknown][] = [
  ...[0, 9, 1.5, -1, Number.NaN, "2"].map((hdrlen): [string, (s: Bytestream) => unknown] => [
    `a header of ${hdrlen}`,
    (s) => prefixAttach(s, hdrlen as number),
  ]),
  ["a strange byte order", (s) => prefixAttach(s, 2, { littleEndian: 1 } as never)],
  ["a limit below 0", (s) => prefixAttach(s, 2, { maxSize: -1 })],
  ["a limit that is text", (s) => suffixAttach(s, "\n", { maxSize: "1" } as never)],
  ["an empty delimiter", (s) => suffixAttach(s, "")],
  ["a delimiter of 33 bytes", (s) => suffixAttach(s, Buffer.alloc(33))],
  ["a delimiter that is a number", (s) => suffixAttach(s, 10 as never)],
];

describe("prefix and suffix", () => {
  for (const [name, attach] of wrong) {
    it(`refuse ${name}, and close the socket`, function* () {
      const [a, b] = yield* ipcPair();
      expect(codeOfCall(() => attach(a))).to.equal("EINVAL");
      expect(codeOfCall(() => hclose(a))).to.equal("EBADF");
      hclose(b);
    });
  }

  it("refuse to send what the header can't say, and go on", function* () {
    const [a, b] = yield* ipcPair();
    const [s, other] = [prefixAttach(a, 1), prefixAttach(b, 1)];
    const error = yield* failureOf(msendl(s, [Buffer.alloc(200), Buffer.alloc(56)], -1));
    expect([error.code, error.syscall]).to.deep.equal(["EMSGSIZE", "msendl"]);
    yield* msend(s, Buffer.alloc(255), -1);
    expect((yield* mrecv(other, -1)).length).to.equal(255);
    closeAll(s, other);
  });

  it("refuse a length of 8 bytes that no number can say", function* () {
    for (const header of ["ffffffffffffffff", "0020000000000001", "0000000001000001"]) {
      const [a, b] = yield* ipcPair();
      const s = prefixAttach(a, 8);
      yield* bsend(b, Buffer.from(header, "hex"), -1);
      const { code, message } = yield* failureOf(mrecv(s, -1));
      expect(code).to.equal("EMSGSIZE");
      expect(message).to.include(`a message of ${BigInt(`0x${header}`)} bytes`);
      closeAll(s, b);
    }
  });

  it("find a delimiter wherever the buffers of a message meet", function* () {
    const [a, b] = yield* ipcPair();
    const s = suffixAttach(a, "aab");
    for (const list of [["aab"], ["xaa", "b"], ["a", "a", "b"], ["a", "", "ab"], ["xa", "abx"]]) {
      const buffers = list.map((text) => Buffer.from(text));
      expect(yield* codeOf(msendl(s, buffers, -1)), list.join()).to.equal("EINVAL");
    }
    const other = suffixAttach(b, "aab");
    for (const list of [["aa"], ["a", "a"], ["xa", "xab"], [""], ["a", "", "b"]]) {
      const buffers = list.map((text) => Buffer.from(text));
      yield* msendl(s, buffers, -1);
      expect(String(yield* mrecv(other, -1))).to.equal(list.join(""));
    }
    closeAll(s, other);
  });

  it("find a delimiter that begins in the message and ends in itself", function* () {
    const [a, b] = yield* ipcPair();
    const s = suffixAttach(a, "aa");
    expect(yield* codeOf(msend(s, Buffer.from("xa"), -1))).to.equal("EINVAL");
    expect(yield* codeOf(msendl(s, [Buffer.from("x"), Buffer.from("a")], -1))).to.equal("EINVAL");
    closeAll(s, b);
  });

  it("give text and bytes the same meaning", function* () {
    const [a, b] = yield* ipcPair();
    const delimiter = Buffer.from("€");
    const [s, other] = [suffixAttach(a, "€"), suffixAttach(b, delimiter)];
    delimiter.fill(0); // it was copied
    yield* msend(s, Buffer.from("five"), -1);
    expect(String(yield* mrecv(other, -1))).to.equal("five");
    closeAll(s, other);
  });

  it("take little memory for a header alone, however long a message it announces", function* () {
    const [a, b] = yield* ipcPair();
    const prefix = prefixAttach(b, 4);
    yield* bsend(a, Buffer.from([1, 0, 0, 0]), -1);
    const before = process.memoryUsage().arrayBuffers;
    expect(yield* codeOf(mrecv(prefix, now() + 5))).to.equal("ETIMEDOUT");
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(1_000_000);
    const sender = go(
      (function* () {
        yield* bsend(a, Buffer.alloc(2 ** 24, "x"), -1);
      })(),
    );
    expect((yield* mrecv(prefix, -1)).equals(Buffer.alloc(2 ** 24, "x"))).to.equal(true);
    closeAll(sender, a, prefix);
  });

  it("receive short messages into Node's pool, which can't be given away, and long ones into memory of their own", function* () {
    const [a, b] = yield* ipcPair();
    const [lines, prefix] = [suffixAttach(a, "\n"), prefixAttach(b, 1)];
    yield* msend(prefix, Buffer.from("ab\n"), -1);
    const line = yield* mrecv(lines, -1);
    yield* msend(lines, Buffer.from("\x03ab"), -1);
    const message = yield* mrecv(prefix, -1);
    for (const { buffer } of [line, message]) giveAway(buffer as ArrayBuffer);
    expect([String(line), String(message)]).to.deep.equal(["\x03ab", "ab\n"]);
    const stream = prefixDetach(prefix);
    yield* bsend(stream, Buffer.alloc(10_000, "x"), -1);
    yield* bsend(stream, Buffer.from("\n"), -1);
    const long = yield* mrecv(lines, -1);
    expect(long.buffer.byteLength).to.equal(long.length);
    closeAll(lines, stream);
  });
});

/** As for a worker. From version 21 on Node refuses, and before that it makes a copy. */
function giveAway(memory: ArrayBuffer): void {
  try {
    structuredClone(memory, { transfer: [memory] });
  } catch {
    return;
  }
}
