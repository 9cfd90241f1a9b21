// Listeners whose backlogs are full and that accept nobody, on a socket file and over TCP: one of each for all tests.
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, connect, type NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { after, before } from "mocha";
import { ipaddrLocal, type Ipaddr } from "libdill-ts";

/** A thread that listens and does nothing else: Node would accept whoever comes. */
const deaf = `
const { parentPort, workerData } = require("node:worker_threads");
const server = require("node:net").createServer().listen({ ...workerData, backlog: 1 }, () => {
  parentPort.postMessage(server.address());
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
`;

const folder = mkdtempSync(join(tmpdir(), "t-"));
/** The path of the one on a file. */
export const deafPath: string = join(folder, "s");
let port = 0;
const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];

/** The address of the one over TCP. */
export function deafAddress(): Ipaddr {
  return ipaddrLocal("127.0.0.1", port);
}

before(async () => {
  await listen({ path: deafPath });
  await fill({ path: deafPath });
  ({ port } = await listen({ host: "127.0.0.1", port: 0 }));
  await fill({ host: "127.0.0.1", port });
});

after(async () => {
  for (const end of ends.toReversed()) await end();
});

async function listen(where: NetConnectOpts): Promise<AddressInfo> {
  const worker = new Worker(deaf, { eval: true, workerData: where });
  ends.push(() => worker.terminate());
  const [address] = (await once(worker, "message")) as [AddressInfo];
  worker.unref();
  return address;
}

/** A backlog of one is full with two, on Linux. */
async function fill(where: NetConnectOpts): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const client = connect(where);
    ends.push(() => client.destroy());
    await once(client, "connect");
    client.unref(); // as if it were not there, for tests of deadlocks
  }
}
