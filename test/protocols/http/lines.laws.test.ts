import { expect } from "chai";
import fc from "fast-check";
import { LineReader } from "#src/protocols/http/lines.js";
import { ChunkQueue } from "../../support/chunkQueue.js";
import { codeOfCall } from "../../support/failure.js";
import { anyHeads, cuts, split } from "../../support/httpHeads.js";

interface Read {
  readonly lines: readonly string[];
  readonly code: string;
  readonly rest: string;
}

/** The chunks come one after the other, and after each all lines are read that there are. */
function readAll(chunks: readonly string[], maxLine: number, maxHead: number): Read {
  const reader = new LineReader({ maxLine, maxHead });
  const lines: string[] = [];
  const code = codeOfCall(() => {
    for (const chunk of chunks) {
      const queue = new ChunkQueue([chunk]);
      for (let line = next(queue); line !== undefined; line = next(queue)) lines.push(line);
    }
  });
  return { lines, code, rest: code === "" ? reader.giveBack().toString("latin1") : "" };

  function next(queue: ChunkQueue): string | undefined {
    return reader.read(queue, "http_recv");
  }
}

const limits = fc.integer({ min: 1, max: 120 });

describe("LineReader", () => {
  it("reads the same, errors included, however the bytes are cut into chunks", () => {
    fc.assert(
      fc.property(anyHeads, cuts, limits, limits, ({ text }, places, maxLine, maxHead) => {
        const whole = readAll([text], maxLine, maxHead);
        expect(readAll(split(text, places), maxLine, maxHead)).to.deep.equal(whole);
        expect(readAll(text.split(""), maxLine, maxHead)).to.deep.equal(whole);
      }),
      { numRuns: 2000 },
    );
  });

  it("loses no byte: lines, their ends and the rest are what came", () => {
    fc.assert(
      fc.property(anyHeads, cuts, ({ text }, places) => {
        const { lines, code, rest } = readAll(split(text, places), 1000, 1000);
        if (code === "") expect([...lines, rest].join("\r\n")).to.equal(text);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes no line with anything but text in it", () => {
    fc.assert(
      fc.property(anyHeads, ({ text }) => {
        for (const line of readAll([text], 1000, 1000).lines) {
          expect(line).to.match(/^[\t\x20-\x7e\x80-\xff]*$/);
        }
      }),
    );
  });
});
