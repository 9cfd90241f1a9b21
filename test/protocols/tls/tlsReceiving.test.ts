import { expect } from "chai";
import { brecv, bsend, go, join } from "libdill-ts";
import { codeOrNone } from "../../support/failure.js";
import { it } from "../../support/it.js";
import { tlsPair } from "../../support/tlsPair.js";

describe("receiving through TLS", () => {
  it("gives way to the process between very many records", function* () {
    const [c, s] = yield* tlsPair();
    const count = 1000;
    const byte = Buffer.from("x");
    for (let i = 0; i < count; i++) yield* bsend(c, byte, -1);
    let turns = 0;
    let isOver = false;
    const countTurn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(countTurn);
    };
    setImmediate(countTurn);
    const receiver = go(codeOrNone(brecv(s, count, -1)));
    expect(yield* join(receiver, -1)).to.equal("none");
    isOver = true;
    expect(turns).to.be.at.least(10);
  });
});
