// Every server answers the load. How fast they are is not looked at: it lasts for an instant.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { buildClient, runLoad } from "../../bench/load/client.js";
import { obstacle, type Scenario, scenarios } from "../../bench/load/scenarios.js";
import { findServers, serverNames } from "../../bench/load/servers.js";

const servers = await findServers(serverNames, () => {});
const span = { warmUp: 20, measured: 100 };
const small = { carrier: "local", slow: 0, isBurst: false } as const;
const loads: readonly Scenario[] = [
  { ...small, name: "64 bytes there and back", service: "echo", clients: 3 },
  { ...small, name: "64 bytes over TCP", carrier: "tcp", service: "echo", clients: 3 },
  { ...small, name: "messages of WebSockets", carrier: "tcp", service: "wsEcho", clients: 3 },
  { ...small, name: "messages over local sockets", service: "wsEcho", clients: 3 },
  { ...small, name: "replies of 64 KiB", service: "reply", clients: 3 },
  { ...small, name: "replies beside a slow reader", service: "reply", clients: 4, slow: 1 },
  { ...small, name: "connects at once", service: "echo", clients: 50, isBurst: true },
];

const canLoad = process.platform === "linux" && spawnSync("cc", ["--version"]).status === 0;
const main = fileURLToPath(new URL("../../bench/load/main.js", import.meta.url));

for (const server of servers) {
  describe(`the server ${server.name} under load`, function () {
    this.timeout(20_000);

    for (const load of loads.filter(({ service }) => server.serves(service))) {
      it(`serves ${load.name}`, async function () {
        if (!canLoad) this.skip();
        const run = await runLoad(buildClient(), server, load, span);
        if (load.isBurst) expect(run.requests).to.equal(load.clients);
        expect(run.requests).to.be.greaterThan(0);
        expect(run.p50).to.be.greaterThan(0);
        expect(run.memory).to.be.greaterThan(0);
        expect(run.garbage !== undefined).to.equal(server.tellsOfGarbage);
      });
    }
  });
}

describe("the load", function () {
  this.timeout(20_000);

  it("says which size is left out, and why", () => {
    const large = scenarios.find(({ name }) => name === "echo10000")!;
    expect(obstacle(large, 1024)).to.equal(
      "10000 clients need more descriptors than the 1024 of ulimit -Hn",
    );
    expect(obstacle(large, 20_000)).to.equal(undefined);
  });

  it("says what is missing where there is no compiler", () => {
    const { status, stderr } = spawnSync(process.execPath, [main], {
      env: { PATH: "" },
      encoding: "utf8",
    });
    expect(status).to.equal(1);
    expect(stderr).to.include("there is no cc: install gcc or clang");
  });

  it("is told as a table and as JSON, relative to node:net with callbacks", function () {
    if (!canLoad) this.skip();
    const folder = mkdtempSync(join(tmpdir(), "bench-test-"));
    try {
      const json = join(folder, "load.json");
      const args = "--only slow --servers callbacks ours --rounds 1 --warmup 10 --measured 20";
      const words = [main, ...args.split(" "), "--json", json];
      const { stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
      expect(stdout).to.match(/slow +\| callbacks +\| +\d+ 1\.00×/);
      const { outcomes } = JSON.parse(readFileSync(json, "utf8")) as { outcomes: unknown[] };
      expect(outcomes).to.have.length.greaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
