import { once } from "node:events";
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { expect } from "chai";

describe("ipcListen in a worker thread", () => {
  it("gives the file its mode, too", async () => {
    const path = `/tmp/dill-worker-${process.pid}.ipc`;
    const worker = new Worker(new URL("../fixtures/listenInWorker.js", import.meta.url), {
      workerData: path,
    });
    expect(await once(worker, "message")).to.deep.equal(["600"]);
    await once(worker, "exit");
    expect(existsSync(path)).to.equal(false);
  });
});
