import { unlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { makeSockets } from "#src/host/node/nodeSockets.js";
import { startPython, stopProcesses } from "../../support/process.js";
import { socketPath } from "../../support/tempDir.js";

describe("connecting with a queue, over Node", () => {
  afterEach(stopProcesses);

  it("serves three in order as soon as the listener has room", async () => {
    const path = socketPath();
    const full = startPython(fullListener, path);
    expect(await full.line()).to.equal("full");
    const order: string[] = [];
    const { connectQueued } = makeSockets();
    const all = ["a", "b", "c"].map(
      (name) =>
        new Promise<void>((resolve) => {
          connectQueued(path, {
            isPast: () => false,
            waiting: () => {},
            connected: (socket) => {
              socket.close();
              order.push(name);
              resolve();
            },
            refused: (failure) => {
              order.push(`${name} ${JSON.stringify(failure)}`);
              resolve();
            },
          });
        }),
    );
    await pause(20);
    expect(order).to.deep.equal([]);
    unlinkSync(path);
    const server: Server = createServer((socket) => socket.resume()).listen(path);
    await Promise.all(all);
    expect(order).to.deep.equal(["a", "b", "c"]);
    server.close();
  });
});

const fullListener = `
import socket, sys
l = socket.socket(socket.AF_UNIX)
l.bind(sys.argv[1])
l.listen(0)
c = socket.socket(socket.AF_UNIX)
c.connect(sys.argv[1])
print("full", flush=True)
sys.stdin.read()
`;
