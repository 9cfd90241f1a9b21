import { once } from "node:events";
import { expect } from "chai";
import { WebSocket } from "ws";
import { startProgram, stopProcesses } from "../support/process.js";

describe("the chat", () => {
  afterEach(stopProcesses);

  it("brings what one says to all, serves its page, and says goodbye on SIGTERM", async () => {
    const server = startProgram("examples/chat/main.js", "0");
    const [, port = ""] = /^listening on (\d+)$/.exec((await server.line()) ?? "") ?? [];
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect([page.status, (await page.text()).includes("new WebSocket")]).to.deep.equal([200, true]);
    expect((await fetch(`http://127.0.0.1:${port}/nothing`)).status).to.equal(404);
    const refused = await fetch(`http://127.0.0.1:${port}/chat`);
    expect([refused.status, refused.headers.get("upgrade")]).to.deep.equal([426, "websocket"]);

    const [alice, bob] = [await join(port), await join(port)];
    const heard = Promise.all([once(alice, "message"), once(bob, "message")]);
    alice.send("hello, all");
    for (const [data] of await heard) expect(String(data)).to.equal("hello, all");

    const closed = Promise.all([once(alice, "close"), once(bob, "close")]);
    server.signal("SIGTERM");
    for (const [code, reason] of await closed) {
      expect([code, String(reason)]).to.deep.equal([1001, "the server goes away"]);
    }
    const { status, stdout, stderr } = await server.ended();
    expect({ status, stdout, stderr }).to.deep.equal({
      status: 0,
      stdout: `listening on ${port}\nbye\n`,
      stderr: "",
    });
  });
});

async function join(port: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
  await once(socket, "open");
  return socket;
}
