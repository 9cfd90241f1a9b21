import { expect } from "chai";
import { DillError } from "libdill-ts";
import { checkSendList, makeBuffer, makeTargets } from "#src/sockets/iolist.js";

describe("checkSendList", () => {
  it("returns the buffers of a list", () => {
    for (const list of [[], [Buffer.from("a")], [new Uint8Array(2), Buffer.alloc(0)]]) {
      const checked = checkSendList(list, "bsendl");
      expect(checked).to.have.length(list.length);
      for (const [i, bytes] of list.entries()) expect(checked[i]).to.equal(bytes);
    }
  });

  it("refuses holes with EINVAL, also in a list that is too long to be read", () => {
    const bytes = Buffer.from("a");
    for (const list of [withHole(bytes, bytes), withHole(), new Array(2 ** 32 - 1)]) {
      expect(() => checkSendList(list, "bsendl")).to.throw(DillError, "EINVAL");
    }
  });

  it("reads each element once, so that what it returns is what it has checked", () => {
    const bytes = Buffer.from("a");
    for (const list of changing(bytes, "text")) {
      expect(checkSendList(list, "bsendl")).to.deep.equal([bytes, bytes]);
    }
  });

  it("refuses buffers whose memory is gone with EINVAL, and takes empty ones", () => {
    for (const bytes of gone()) {
      expect(bytes).to.have.length(0);
      const list = [Buffer.from("a"), bytes];
      expect(() => checkSendList(list, "bsendl")).to.throw(DillError, "given away");
    }
    expect(checkSendList(empty(), "bsendl")).to.have.length(empty().length);
  });

  it("refuses what only looks like a buffer with EINVAL", () => {
    for (const item of imitations()) {
      expect(() => checkSendList([item], "bsendl")).to.throw(DillError, "EINVAL");
    }
  });

  it("refuses everything else with EINVAL, and says what to write for text", () => {
    const wrong = [null, undefined, Buffer.from("a"), "a", [null], [Buffer.from("a"), 5], [[]]];
    for (const list of wrong) {
      expect(() => checkSendList(list, "bsendl")).to.throw(DillError, "EINVAL");
    }
    const text = ["text"];
    expect(() => checkSendList(text, "bsend")).to.throw(DillError, "write Buffer.from(text)");
  });
});

describe("makeTargets", () => {
  it("keeps buffers, copies gaps, and makes a buffer of each number", () => {
    const given = Buffer.from("given");
    const gap = { skip: 7 };
    const targets = makeTargets([given, gap, 3, 0], "brecvl");
    expect(targets[0]).to.equal(given);
    expect(targets[1]).to.deep.equal(gap);
    expect(targets[1]).not.to.equal(gap);
    expect(targets.slice(2).map((target) => (target as Buffer).length)).to.deep.equal([3, 0]);
  });

  it("refuses everything else with EINVAL", () => {
    const wrong = [
      null,
      5,
      [-1],
      [0.5],
      [NaN],
      ["1"],
      [null],
      [{}],
      [{ skip: -1 }],
      [{ skip: "1" }],
    ];
    for (const list of wrong) {
      expect(() => makeTargets(list, "brecvl")).to.throw(DillError, "EINVAL");
    }
  });
});

describe("makeTargets, given lists of another kind", () => {
  it("refuses holes with EINVAL, also in a list that is too long to be read", () => {
    for (const list of [withHole(4000), withHole(), new Array(2 ** 32 - 1)]) {
      expect(() => makeTargets(list, "brecvl")).to.throw(DillError, "EINVAL");
    }
  });

  it("reads each element and each skip once", () => {
    for (const list of changing(3, "text")) {
      expect(makeTargets(list, "brecvl").map((target) => (target as Buffer).length)).to.deep.equal([
        3, 3,
      ]);
    }
    let reads = 0;
    const gap = {
      get skip() {
        return ++reads === 1 ? 7 : -1;
      },
    };
    expect(makeTargets([gap], "brecvl")).to.deep.equal([{ skip: 7 }]);
  });

  it("refuses buffers whose memory is gone with EINVAL, and takes empty ones", () => {
    for (const bytes of gone()) {
      expect(() => makeTargets([4, bytes], "brecvl")).to.throw(DillError, "given away");
    }
    expect(makeTargets(empty(), "brecvl")).to.have.length(empty().length);
    const late = Buffer.alloc(8);
    const gap = {
      get skip() {
        transfer(late);
        return 1;
      },
    };
    expect(() => makeTargets([late, gap], "brecvl")).to.throw(DillError, "given away");
  });

  it("refuses what only looks like a buffer with EINVAL", () => {
    for (const item of imitations()) {
      expect(() => makeTargets([item], "brecvl")).to.throw(DillError, "EINVAL");
    }
  });
});

describe("makeBuffer", () => {
  it("returns a given buffer, unless its memory is gone", () => {
    for (const bytes of [Buffer.from("a"), ...empty()]) {
      expect(makeBuffer(bytes, "brecv")).to.equal(bytes);
    }
    for (const bytes of gone()) {
      expect(() => makeBuffer(bytes, "brecv")).to.throw(DillError, "given away");
    }
  });

  it("makes buffers that can be transferred: no other bytes are in their memory", () => {
    for (const length of [1, 5, 64, 65, 1000, 4095, 4096, 100_000]) {
      const bytes = makeBuffer(length, "brecv");
      bytes.fill(7);
      expect(bytes.buffer.byteLength).to.equal(length);
      expect(Buffer.from(transfer(bytes)).equals(Buffer.alloc(length, 7))).to.equal(true);
    }
  });

  it("makes a new buffer of that many bytes", () => {
    expect(makeBuffer(0, "brecv")).to.have.length(0);
    expect(makeBuffer(100_000, "brecv")).to.have.length(100_000);
  });

  it("refuses what is no number of bytes, or more than a buffer can hold, with EINVAL", () => {
    for (const length of [-1, 0.5, NaN, Infinity, "5", undefined, null, {}]) {
      expect(() => makeBuffer(length, "brecv")).to.throw(DillError, "EINVAL");
    }
    const huge = Number.MAX_SAFE_INTEGER;
    expect(() => makeBuffer(huge, "brecv")).to.throw(DillError, "receive them in parts");
  });
});

function withHole(...items: readonly unknown[]): unknown[] {
  const list: unknown[] = [];
  list.length = 1;
  return list.concat(items);
}

/** Lists of two elements, each of which is another one when it is read again. */
function changing(first: unknown, later: unknown): unknown[][] {
  const reads = [0, 0];
  const read = (i: number) => {
    reads[i] = (reads[i] ?? 0) + 1;
    return reads[i] === 1 ? first : later;
  };
  const withGetters: unknown[] = [];
  for (const i of [0, 1]) Object.defineProperty(withGetters, i, { get: () => read(i) });
  const seen = new Set<PropertyKey>();
  const proxy = new Proxy([first, first], {
    get(target, key, receiver) {
      if (key === "length" || !seen.has(key)) {
        seen.add(key);
        return Reflect.get(target, key, receiver) as unknown;
      }
      return later;
    },
  });
  return [withGetters, proxy];
}

/** Buffers that had bytes, or could have had, and whose memory is no longer theirs. */
function gone(): Uint8Array[] {
  const filled = Buffer.alloc(100);
  const none = new Uint8Array(0);
  const part = new Uint8Array(100).subarray(10, 20);
  for (const bytes of [filled, none, part]) transfer(bytes);
  return [filled, none, part];
}

function empty(): Uint8Array[] {
  const shared = new Uint8Array(new SharedArrayBuffer(0));
  return [Buffer.alloc(0), new Uint8Array(0), Buffer.from("a").subarray(1), shared];
}

/** Not bytes, though `instanceof` says so. */
function imitations(): unknown[] {
  return [new Proxy(Buffer.from("a"), {}), Object.create(Uint8Array.prototype)];
}

function transfer({ buffer }: Uint8Array): ArrayBuffer {
  const memory = buffer as ArrayBuffer;
  return structuredClone(memory, { transfer: [memory] });
}
