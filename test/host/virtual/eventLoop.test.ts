import { expect } from "chai";
import { EventLoop } from "#src/host/virtual/eventLoop.js";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  hclose,
  ipcPair,
  msleep,
  now,
} from "libdill-ts";
import { simulate } from "libdill-ts/testing";
import { it } from "../../support/it.js";

const first = { choose: () => 0 };
const last = { choose: (_kind: unknown, ways: number) => ways - 1 };

describe("a crowd of events at one moment", () => {
  it("takes what the events take, and not the square of that", function () {
    this.timeout(60_000);
    const loop = new EventLoop(first, 0, () => {});
    const count = 200_000;
    const seen: number[] = [];
    for (let i = 0; i < count; i++) loop.at(0, { what: "news" }, () => seen.push(i));
    while (loop.step());
    expect(seen.length).to.equal(count);
    expect(seen.every((number, i) => number === i)).to.equal(true);
  });

  it("is reported in the order of each lane, whatever is chosen, without what was canceled", () => {
    for (const choices of [first, last]) {
      const loop = new EventLoop(choices, 0, () => {});
      const seen: string[] = [];
      const lanes = ["a", "b", "c"].map((what) => ({ what }));
      const cancels = [0, 1, 2, 3].flatMap((i) =>
        lanes.map((lane) => loop.at(0, lane, () => seen.push(`${lane.what}${i}`))),
      );
      cancels[3]?.(); // a1, before it is due
      loop.step(); // the turn begins
      cancels[7]?.(); // b2, which is due
      while (loop.step());
      const of = (lane: string) => seen.filter((news) => news.startsWith(lane)).join(" ");
      expect([of("a"), of("b"), of("c")]).to.deep.equal(["a0 a2 a3", "b0 b1 b3", "c0 c1 c2 c3"]);
    }
  });

  it("lets thousands of pairs do the same at the same moment", async function () {
    this.timeout(60_000);
    await simulate(function* () {
      const pairs = bundle();
      for (let i = 0; i < 3000; i++) {
        bundleGo(
          pairs,
          (function* () {
            const [a, b] = yield* ipcPair();
            yield* msleep(now() + 10);
            yield* bsend(a, Buffer.from("x"), -1);
            yield* brecv(b, 1, -1);
            hclose(a);
            hclose(b);
          })(),
        );
      }
      yield* bundleWait(pairs, -1);
      hclose(pairs);
    });
  });
});
