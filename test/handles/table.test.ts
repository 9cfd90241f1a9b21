import { expect } from "chai";
import fc from "fast-check";
import { type Handle, hown } from "libdill-ts";
import {
  closeHandle,
  dropHandle,
  isOpen,
  makeHandle,
  openHandles,
  resourceOf,
} from "#src/handles/table.js";
import { thrownBy } from "../support/failure.js";
import { it } from "../support/it.js";

const resource = () => ({ query: () => undefined, close: () => {} });

describe("the handle table", () => {
  it("gives every resource a number of its own, for ever", () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ op: fc.constant("make" as const), n: fc.nat() }) },
      { weight: 3, arbitrary: fc.record({ op: fc.constant("close" as const), n: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constant("drop" as const), n: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ op: fc.constant("own" as const), n: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: "max" }), (steps) => {
        const before = openHandles();
        const open = new Map<Handle, object>();
        const stale = new Set<Handle>();
        for (const { op, n } of steps) {
          const h = [...open.keys()][n % Math.max(open.size, 1)];
          if (op === "make" || h === undefined) {
            const made = resource();
            const number = makeHandle(made, "hmake");
            expect(open.has(number) || stale.has(number)).to.equal(false);
            open.set(number, made);
            continue;
          }
          if (op === "own") open.set(hown(h), open.get(h) as object);
          else if (op === "close") closeHandle(h, "hclose");
          else dropHandle(h);
          open.delete(h);
          stale.add(h);
        }
        for (const [h, made] of open) expect(resourceOf(h, "test")).to.equal(made);
        for (const h of stale) {
          expect(isOpen(h)).to.equal(false);
          expect(thrownBy(() => resourceOf(h, "test")).code).to.equal("EBADF");
        }
        expect(openHandles() - before).to.equal(open.size);
        for (const h of open.keys()) closeHandle(h, "hclose");
      }),
      { numRuns: 50 },
    );
  });

  it("finds everything again after it has grown", () => {
    const made = Array.from({ length: 5000 }, resource);
    const handles = made.map((each) => makeHandle(each, "hmake"));
    handles.forEach((h, i) => expect(resourceOf(h, "test")).to.equal(made[i]));
    for (const h of handles) closeHandle(h, "hclose");
    for (const h of handles) expect(isOpen(h)).to.equal(false);
  });

  it("does not reach a stranger through a stale number whose slot is used again", () => {
    const stale = makeHandle(resource(), "hmake");
    closeHandle(stale, "hclose");
    const others = Array.from({ length: 10_000 }, () => {
      const h = makeHandle(resource(), "hmake");
      expect(isOpen(stale)).to.equal(false);
      closeHandle(h, "hclose");
      return h;
    });
    expect(new Set(others).has(stale)).to.equal(false);
  });

  it("takes the number of a free slot for no handle: -1 is not open", () => {
    const minusOne = -1 as Handle;
    expect(isOpen(minusOne)).to.equal(false);
    const before = openHandles();
    dropHandle(minusOne);
    expect(openHandles()).to.equal(before);
    expect(thrownBy(() => resourceOf(minusOne, "test")).code).to.equal("EBADF");
    expect(thrownBy(() => resourceOf(Object(-1) as Handle, "test")).code).to.equal("EBADF");
  });

  it("says in words what it was given instead of a handle", () => {
    const words = (what: unknown): string =>
      thrownBy(() => resourceOf(what as Handle, "bsend")).message;
    expect(words(7.5)).to.equal("EBADF: handle 7.5 is not open, bsend");
    expect(words(undefined)).to.contain("this is undefined");
    expect(words(Symbol("chan"))).to.contain("this is Symbol(chan)");
    expect(words(7n)).to.contain("this is 7");
    expect(words(new Map())).to.contain("this is Map");
    expect(words(Object.create(null))).to.contain("this is an object");
  });
});
