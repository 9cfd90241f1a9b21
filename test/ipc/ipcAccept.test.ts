// What holds for TCP, too, is in test/sockets/accept.test.ts.
import { connect } from "node:net";
import { expect } from "chai";
import { startWithFewDescriptors } from "../support/fewDescriptors.js";
import { itBoth as it } from "../support/it.js";
import { fixtureCommand, stopProcesses } from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

describe("ipcAccept", () => {
  afterEach(stopProcesses);

  it("throws EMFILE while no descriptor is left and clients see their end, and goes on after that", function* () {
    const peer = startWithFewDescriptors([...fixtureCommand("crowded"), socketPath()]);
    expect(JSON.parse((yield* until(peer.line())) ?? "")).to.deep.equal({
      crowded: "EMFILE",
      seen: "EPIPE",
      roomy: "none",
    });
  });

  it("throws EMFILE where connections come so quickly that the descriptors go between two accepts", async () => {
    const path = socketPath();
    const peer = startWithFewDescriptors([...fixtureCommand("flooded"), path]);
    expect(await peer.line()).to.equal("ready");
    const clients = Array.from({ length: 200 }, () => connect(path).on("error", () => {}));
    expect(JSON.parse((await peer.line()) ?? "")).to.deep.equal({
      code: "EMFILE",
      hasAccepted: true,
    });
    for (const client of clients) client.destroy();
  });
});
