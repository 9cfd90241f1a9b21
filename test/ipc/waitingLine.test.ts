import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { expect } from "chai";
import {
  drawTicket,
  hasLine,
  leaveLine,
  takeEarlier,
  type Waiting,
  waitInLine,
} from "#src/ipc/waitingLine.js";
import { socketPath } from "../support/tempDir.js";

describe("the line of those who wait for room", () => {
  it("is there as long as somebody waits", () => {
    const path = socketPath();
    const [a, b] = [client(), client()];
    expect(hasLine(path)).to.equal(false);
    waitInLine(path, a);
    waitInLine(path, b);
    expect(hasLine(path)).to.equal(true);
    expect(hasLine(socketPath())).to.equal(false);
    leaveLine(path, a);
    expect(hasLine(path)).to.equal(true);
    leaveLine(path, b);
    expect(hasLine(path)).to.equal(false);
  });

  it("hands sockets to those who wait, in the order in which they came", async () => {
    const path = socketPath();
    const server = await listen(path);
    const order: string[] = [];
    const ended = ["a", "b", "c"].map(async (name) => {
      const waiting = client();
      waitInLine(path, waiting);
      await waiting.ended;
      order.push(name);
    });
    await Promise.all(ended);
    expect(order).to.deep.equal(["a", "b", "c"]);
    expect(hasLine(path)).to.equal(false);
    await stop(server);
  });

  it("lets those in who have a smaller ticket, before the others", async () => {
    const path = socketPath();
    const server = await listen(path);
    const order: string[] = [];
    const [a, b, c] = ["a", "b", "c"].map((name) => client(() => order.push(name)));
    for (const waiting of [b, c, a]) waitInLine(path, waiting as Client);
    await Promise.all([a, b, c].map(async (waiting) => waiting?.ended));
    expect(order).to.deep.equal(["a", "b", "c"]);
    await stop(server);
  });

  it("gives the first one away to whoever came later, and only to him", () => {
    const path = socketPath();
    const [a, b, c] = [client(), client(), client()];
    expect(takeEarlier(path, b.ticket)).to.equal(null);
    waitInLine(path, c);
    expect(takeEarlier(path, b.ticket)).to.equal(null);
    waitInLine(path, a);
    expect(takeEarlier(path, b.ticket)).to.equal(a);
    expect(takeEarlier(path, b.ticket)).to.equal(null);
    leaveLine(path, c);
    expect(hasLine(path)).to.equal(false);
  });

  it("passes over those who have left", async () => {
    const path = socketPath();
    const server = await listen(path);
    const [a, b, c] = [client(), client(), client()];
    for (const waiting of [a, b, c]) waitInLine(path, waiting);
    leaveLine(path, a);
    leaveLine(path, c);
    expect(await b.ended).to.equal("connected");
    expect([a.outcome, c.outcome]).to.deep.equal([undefined, undefined]);
    await stop(server);
  });

  it("tells each of them why the listener can't be reached", async () => {
    const path = socketPath();
    const all = [client(), client(), client()];
    for (const waiting of all) waitInLine(path, waiting);
    for (const waiting of all) expect(await waiting.ended).to.equal("ENOENT");
    expect(hasLine(path)).to.equal(false);
  });

  it("goes on with the next one after a refusal", async () => {
    const path = socketPath();
    const server = await listen(path);
    const [a, b] = [client(), client()];
    waitInLine(path, a);
    expect(await a.ended).to.equal("connected");
    await stop(server);
    rmSync(path, { force: true });
    waitInLine(path, b);
    expect(await b.ended).to.equal("ENOENT");
  });

  it("lets whoever was told join anew at once", async () => {
    const path = socketPath();
    const again = client();
    const first = client(() => waitInLine(path, again));
    waitInLine(path, first);
    expect(await first.ended).to.equal("ENOENT");
    expect(await again.ended).to.equal("ENOENT");
    expect(hasLine(path)).to.equal(false);
  });
});

interface Client extends Waiting {
  readonly ended: Promise<string>;
  outcome: string | undefined;
}

function client(onEnd = (): void => {}): Client {
  let resolve: (outcome: string) => void;
  const ended = new Promise<string>((settle) => {
    resolve = settle;
  });
  const end = (outcome: string): void => {
    waiting.outcome = outcome;
    onEnd();
    resolve(outcome);
  };
  const waiting: Client = {
    before: null,
    after: null,
    ticket: drawTicket(),
    outcome: undefined,
    ended,
    connected(socket) {
      socket.close();
      end("connected");
    },
    refused: (failure) => end(failure.code),
  };
  return waiting;
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.resume()).listen(path);
  await once(server, "listening");
  return server;
}

async function stop(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
