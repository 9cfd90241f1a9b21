// What holds for local sockets, too, is in test/sockets/accept.test.ts.
import { expect } from "chai";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { itBoth as it } from "../support/it.js";
import { fixtureCommand, stopProcesses } from "../support/process.js";
import { until } from "../support/until.js";

describe("tcpAccept", () => {
  afterEach(stopProcesses);

  it("throws EMFILE while no descriptor is left and clients see their end, and goes on after that", function* () {
    const peer = startWithFewDescriptors([...fixtureCommand("crowded"), "tcp"]);
    expect(JSON.parse((yield* until(peer.line())) ?? "")).to.deep.equal({
      crowded: "EMFILE",
      seen: "EPIPE",
      roomy: "none",
    });
  });
});
