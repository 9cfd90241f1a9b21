import { expect } from "chai";
import { now } from "libdill-ts";
import { host, useHost } from "#src/host/current.js";
import { it } from "../support/it.js";

describe("useHost", () => {
  it("exchanges the host for everybody who has it, and puts it back", () => {
    const before = now();
    const restore = useHost({ ...host, now: () => 1, random: () => 0.5 });
    expect([now(), host.random()]).to.deep.equal([1, 0.5]);
    restore();
    expect(now()).to.be.at.least(before);
  });
});
