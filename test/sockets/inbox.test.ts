import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { Inbox } from "#src/sockets/inbox.js";

describe("Inbox", () => {
  it("moves bytes into a buffer, from a place in it on", () => {
    const inbox = filled("abc", "def");
    const target = Buffer.alloc(6, ".");
    expect(inbox.moveTo(target, 2)).to.equal(4);
    expect(String(target)).to.equal("..abcd");
    expect(inbox.length).to.equal(2);
  });

  it("moves what there is if that is less", () => {
    const inbox = filled("abc");
    const target = Buffer.alloc(5, ".");
    expect(inbox.moveTo(target, 1)).to.equal(3);
    expect(String(target)).to.equal(".abc.");
    expect(inbox.moveTo(target, 4)).to.equal(0);
    expect(inbox.length).to.equal(0);
  });

  it("moves bytes up to a place in the buffer, or its end", () => {
    const inbox = filled("abc", "def");
    const target = Buffer.alloc(6, ".");
    expect(inbox.moveTo(target, 1, 3)).to.equal(2);
    expect(inbox.moveTo(target, 3, 3)).to.equal(0);
    expect(inbox.moveTo(target, 4, 100)).to.equal(2);
    expect(String(target)).to.equal(".ab.cd");
    expect(inbox.length).to.equal(2);
  });

  it("drops bytes", () => {
    const inbox = filled("abc", "def");
    expect(inbox.drop(4)).to.equal(4);
    expect(inbox.drop(Infinity)).to.equal(2);
    expect(inbox.drop(1)).to.equal(0);
  });

  it("has no object for each byte of a peer that dribbles them", () => {
    const inbox = new Inbox();
    receive(inbox, Buffer.alloc(1));
    const before = heapInUse();
    for (let i = 1; i < 60_000; i++) receive(inbox, Buffer.alloc(1, i));
    expect(heapInUse() - before).to.be.below(1_000_000);
    const target = Buffer.alloc(60_000);
    expect(inbox.moveTo(target, 0)).to.equal(60_000);
    expect(target.every((byte, i) => byte === (i & 255))).to.equal(true);
  });

  it("lets a taker transfer what was taken: nothing else is in that memory", () => {
    for (const size of [1, 10, 64, 65, 4095, 4096, 4097, 20_000]) {
      for (const most of [1 + size / 3, size, size + 1].map(Math.floor)) {
        const inbox = new Inbox();
        for (const letter of "abcd") receive(inbox, Buffer.alloc(size, letter));
        const takes: string[] = [];
        for (let bytes = inbox.take(most); bytes !== undefined; bytes = inbox.take(most)) {
          expect(bytes.buffer.byteLength, `${size} by ${most}`).to.equal(bytes.length);
          takes.push(String(Buffer.from(transfer(bytes))));
        }
        const expected = ["a", "b", "c", "d"].map((letter) => letter.repeat(size));
        expect(takes.join("")).to.equal(expected.join(""));
      }
    }
  });

  it("takes over what it is given, unless that is little or in the memory of others", () => {
    const inbox = new Inbox();
    const [large, small] = [Buffer.allocUnsafeSlow(5000), Buffer.allocUnsafeSlow(50)];
    const part = Buffer.allocUnsafeSlow(6000).subarray(500);
    for (const bytes of [large, small, part]) inbox.give(bytes.fill("x"));
    expect(inbox.length).to.equal(10_550);
    expect(inbox.take(5000)?.buffer).to.equal(large.buffer);
    expect(inbox.take(50)?.buffer).not.to.equal(small.buffer);
    expect(inbox.take(6000)?.buffer).not.to.equal(part.buffer);
    expect(inbox.length).to.equal(0);
  });

  it("takes no notice of empty chunks", () => {
    const inbox = filled("", "a", "", "b");
    expect(inbox.length).to.equal(2);
    expect(inbox.drop(1)).to.equal(1);
    expect(String(inbox.take(5))).to.equal("b");
    expect(inbox.take(5)).to.equal(undefined);
  });
});

function receive(inbox: Inbox, bytes: Buffer): void {
  inbox.lend(bytes, bytes.length);
  inbox.keep();
}

function filled(...chunks: readonly string[]): Inbox {
  const inbox = new Inbox();
  for (const chunk of chunks) receive(inbox, Buffer.from(chunk));
  return inbox;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function transfer({ buffer }: Uint8Array): ArrayBuffer {
  const memory = buffer as ArrayBuffer;
  return structuredClone(memory, { transfer: [memory] });
}
