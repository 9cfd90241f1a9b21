import { expect } from "chai";
import { Refable, reportEnds, reportStarts, settleReleased } from "#src/host/node/refable.js";

class Held extends Refable {
  readonly calls: string[] = [];

  protected held() {
    return { ref: () => this.calls.push("ref"), unref: () => this.calls.push("unref") };
  }
}

describe("Refable", () => {
  it("holds the process while somebody waits", () => {
    const one = new Held();
    one.ref();
    one.ref();
    one.unref();
    expect(one.calls).to.deep.equal(["ref"]);
    one.unref();
    expect(one.calls).to.deep.equal(["ref", "unref"]);
  });

  it("calls nothing for a wait that begins again in the turn that a report starts", () => {
    const one = new Held();
    one.ref();
    for (let message = 0; message < 3; message++) {
      reportStarts();
      one.unref();
      reportEnds();
      one.ref();
      settleReleased();
    }
    expect(one.calls).to.deep.equal(["ref"]);
  });

  it("lets go of all that nobody waits for when the turn ends", () => {
    const all = [new Held(), new Held(), new Held()];
    for (const one of all) one.ref();
    reportStarts();
    for (const one of all) one.unref();
    reportEnds();
    all[1]!.ref();
    settleReleased();
    expect(all.map(({ calls }) => calls.at(-1))).to.deep.equal(["unref", "ref", "unref"]);
  });

  it("leaves alone what was closed meanwhile", () => {
    const one = new Held();
    one.ref();
    reportStarts();
    one.unref();
    reportEnds();
    one.isClosed = true;
    settleReleased();
    expect(one.calls).to.deep.equal(["ref"]);
  });
});
