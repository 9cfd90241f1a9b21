// Random programs on the simulated network keep its laws. NETWORK_SECONDS: for how long; NETWORK_SEED: which.
import { expect } from "chai";
import { soakNetwork } from "./network/networkSoak.js";
import { transports } from "./network/program.js";

describe("Programs on the simulated network", () => {
  const seconds = Number(process.env["NETWORK_SECONDS"] ?? 10);
  const seed = Number(process.env["NETWORK_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

  it(`receive what was sent, and leave nothing behind, for ${seconds} s (seed ${seed})`, async function () {
    this.timeout(60_000 + seconds * 2000);
    const { programs } = await soakNetwork({ seed, seconds, transports });
    expect(programs).to.be.above(0);
  });
});
