// A short fuzz of UDP. `npm run soak -- --datagrams` goes on for longer, and replays a seed.
import { expect } from "chai";
import { fuzzDatagrams } from "../support/fuzz/datagramFuzz.js";
import { Random } from "../support/fuzz/random.js";

describe("datagrams of any size, from any source", function () {
  this.timeout(60_000);

  it("come as they were sent, from whom they say, in order and once", async () => {
    const first = Math.floor(Math.random() * 2 ** 31);
    let received = 0;
    for (let seed = first; seed < first + 100; seed++) {
      try {
        received += await fuzzDatagrams(new Random(seed));
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      }
    }
    expect(received).to.be.greaterThan(100);
  });
});
