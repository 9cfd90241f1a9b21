import { expect } from "chai";
import { type ByteQueue } from "libdill-ts/impl";
import { LineReader } from "#src/protocols/http/lines.js";
import { ChunkQueue } from "../../support/chunkQueue.js";
import { codeOfCall, thrownBy } from "../../support/failure.js";

const limits = { maxLine: 10, maxHead: 40 };

describe("LineReader", () => {
  it("returns line after line without their CRLF, and the empty one that ends the head", () => {
    expect(linesOf("ab\r\nc: d\r\n\r\nrest")).to.deep.equal(["ab", "c: d", ""]);
  });

  it("leaves the bytes behind a line in the queue", () => {
    const queue = new ChunkQueue(["a\r\nbcd"]);
    expect(read(new LineReader(limits), queue)).to.equal("a");
    expect(String(queue.take(10))).to.equal("bcd");
  });

  it("goes on where it was when more bytes come", () => {
    const reader = new LineReader(limits);
    const pieces = ["a", "b\r", "\n", "c\r\n"].map((text) => read(reader, new ChunkQueue([text])));
    expect(pieces).to.deep.equal([undefined, undefined, "ab", "c"]);
  });

  it("makes a character of each byte", () => {
    expect(linesOf("\t ~\x80\xff\r\n")).to.deep.equal(["\t ~\x80\xff"]);
  });

  for (let byte = 0; byte < 256; byte++) {
    const isFine = byte === 9 || (byte >= 32 && byte !== 127);
    it(`${isFine ? "takes" : "refuses"} the byte ${byte} in a line`, () => {
      const head = `a${String.fromCharCode(byte)}b\r\n`;
      const code = codeOfCall(() => linesOf(head));
      expect(code).to.equal(isFine ? "" : "EPROTO");
    });
  }

  const stray: Readonly<Record<string, string>> = {
    "a bare LF": "a\n",
    "LF and CR": "a\n\r",
    "two CRs": "a\r\r\n",
    "a bare CR at the beginning": "\rGET",
    "a bare LF at the beginning": "\n",
  };
  for (const [name, text] of Object.entries(stray)) {
    it(`refuses ${name}, as soon as it can be seen`, () => {
      expect(thrownBy(() => linesOf(text))).to.include({ code: "EPROTO", syscall: "http_recv" });
    });
  }

  it("takes a line and a head that just fit", () => {
    expect(linesOf("0123456789\r\n")).to.deep.equal(["0123456789"]);
    expect(linesOf(`${"01234567\r\n".repeat(3)}01234\r\nab\r\n\r\n`.slice(0, 40))).to.have.length(
      4,
    );
  });

  it("is EMSGSIZE for a line that is one byte longer, before its end has come", () => {
    expect(codeOfCall(() => linesOf("01234567890"))).to.equal("EMSGSIZE");
  });

  it("is EMSGSIZE for a head that is one byte longer", () => {
    const head = "012345678\r\n".repeat(3);
    expect(codeOfCall(() => linesOf(`${head}01234\r\n`))).to.equal("");
    expect(codeOfCall(() => linesOf(`${head}01234\r\n\r\n`))).to.equal("EMSGSIZE");
  });

  it("begins to count again behind the empty line", () => {
    expect(linesOf("0123456\r\n\r\n".repeat(9))).to.have.length(18);
  });

  it("is between two lines until one has begun", () => {
    const reader = new LineReader(limits);
    const states = ["", "a", "\r", "\n"].map((text) => {
      read(reader, new ChunkQueue([text]));
      return reader.isBetween;
    });
    expect(states).to.deep.equal([true, false, false, true]);
  });

  it("gives back what has come of a line, and is as new", () => {
    const reader = new LineReader(limits);
    read(reader, new ChunkQueue(["ab\xff\r"]));
    expect(reader.giveBack().toString("latin1")).to.equal("ab\xff\r");
    expect(reader.giveBack()).to.have.length(0);
    expect(read(reader, new ChunkQueue(["c\r\n"]))).to.equal("c");
  });

  it("forgets the rest of a head that had come as a whole when it is taken off in the middle", () => {
    const reader = new LineReader(limits);
    const queue = new ChunkQueue(["ab\r\nc: d\r\n\r\n"]);
    expect(read(reader, queue)).to.equal("ab");
    expect(reader.giveBack()).to.have.length(0);
    expect(queue.length).to.equal(8);
    expect(read(reader, new ChunkQueue(["e\r\n"]))).to.equal("e");
  });

  it("looks at a chunk as a whole no more than once in each head", () => {
    let looks = 0;
    class Chunk extends ChunkQueue {
      override first(): Buffer | undefined {
        const chunk = super.first();
        if (chunk === undefined) return undefined;
        return Object.assign(chunk, {
          indexOf: (...args: Parameters<Buffer["indexOf"]>) => {
            looks += 1;
            return Buffer.prototype.indexOf.apply(chunk, args);
          },
        });
      }
    }
    const reader = new LineReader(limits);
    for (const text of ["a\r\n".repeat(9), "a\r\nb\r\n\r\n".repeat(2)]) {
      looks = 0;
      const queue = new Chunk([text]);
      while (read(reader, queue) !== undefined);
      expect(looks).to.be.lessThan(3);
      reader.giveBack();
    }
  });

  it("returns a line again that was put back, or gives back its bytes", () => {
    const reader = new LineReader(limits);
    reader.putBack("ab");
    expect(reader.isBetween).to.equal(false);
    expect(read(reader, new ChunkQueue(["c\r\n"]))).to.equal("ab");
    reader.putBack("ab");
    expect(reader.giveBack().toString()).to.equal("ab\r\n");
  });
});

function read(reader: LineReader, queue: ByteQueue): string | undefined {
  return reader.read(queue, "http_recv");
}

function linesOf(text: string): string[] {
  const reader = new LineReader(limits);
  const queue = new ChunkQueue([text]);
  const lines: string[] = [];
  for (let line = read(reader, queue); line !== undefined; line = read(reader, queue)) {
    lines.push(line);
  }
  return lines;
}
