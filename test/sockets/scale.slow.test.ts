import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect } from "chai";
import type { Coroutine } from "libdill-ts";
import { it } from "../support/it.js";
import {
  fixtureCommand,
  type OtherProcess,
  startProcess,
  stopProcesses,
} from "../support/process.js";
import { socketPath } from "../support/tempDir.js";
import { until } from "../support/until.js";

/** Beside its connections a process needs some descriptors of its own. */
const spare = 100;
/** Ten thousand, or what the system lets a process open. */
const connections = Math.min(10_000, hardLimit() - spare);

const title = `${connections} are alive at once, and SIGTERM ends them all in good order`;

describe("connections at scale", () => {
  afterEach(stopProcesses);

  it(`${title}, on a socket file`, function* (this: Mocha.Context) {
    this.timeout(120_000);
    const path = socketPath();
    const server = roomy("manyServer", path);
    expect(yield* until(server.line())).to.equal("ready");
    const client = yield* connectAll(server, path);
    expect(existsSync(path)).to.equal(true);
    yield* endAll(server, client);
    expect(existsSync(path)).to.equal(false);
  });

  it(`${title}, over TCP`, function* (this: Mocha.Context) {
    this.timeout(120_000);
    const server = roomy("manyServer", "tcp");
    const port = (yield* until(server.line())) ?? "";
    yield* endAll(server, yield* connectAll(server, port));
  });
});

function* connectAll(server: OtherProcess, where: string): Coroutine<OtherProcess> {
  const client = roomy("manyClient", where, String(connections));
  expect(yield* until(client.line())).to.equal("all");
  server.say("how many?");
  expect(yield* said(server)).to.deep.equal({ alive: connections, messages: connections });
  return client;
}

function* endAll(server: OtherProcess, client: OtherProcess): Coroutine {
  process.kill(server.pid, "SIGTERM");
  expect(yield* said(server)).to.deep.equal({ alive: 0, messages: connections, sockets: 0 });
  expect(yield* until(server.ended())).to.include({ status: 0 });
  expect(yield* said(client)).to.deep.equal({
    answers: connections,
    farewells: connections,
    ends: connections,
  });
  expect(yield* until(client.ended())).to.include({ status: 0 });
}

/** Starts a fixture that may open as many files as it needs; the process is node's own. */
function roomy(name: string, ...args: readonly string[]): OtherProcess {
  const script = `ulimit -n ${connections + spare} && exec "$@"`;
  return startProcess("sh", [
    "-c",
    script,
    "sh",
    process.execPath,
    ...fixtureCommand(name),
    ...args,
  ]);
}

function* said(peer: OtherProcess): Coroutine<unknown> {
  return JSON.parse((yield* until(peer.line())) ?? "null") as unknown;
}

function hardLimit(): number {
  const limit = Number(execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }));
  return Number.isNaN(limit) ? Infinity : limit; // "unlimited"
}
