// npm's ws at both ends, without compression, over a local socket: with events, as its authors show it.
import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import type { Contestants, Meter } from "../../contestant.js";
import { longMessageSize, messageSize, withPath } from "../serverProcess.js";

export const contestants: Contestants = {
  ws: (n, meter) => roundTrips(messageSize, n, meter),
  ws20k: (n, meter) => roundTrips(longMessageSize, n, meter),
};

function roundTrips(size: number, n: number, meter: Meter): Promise<number> {
  return withPath(async (path) => {
    const http = createServer();
    const server = new WebSocketServer({ server: http, perMessageDeflate: false });
    server.on("connection", (socket) => {
      socket.on("message", (data: Buffer) => socket.send(data));
    });
    http.listen(path);
    await once(http, "listening");
    const client = new WebSocket(`ws+unix:${path}:/`, { perMessageDeflate: false });
    await once(client, "open");
    const message = Buffer.alloc(size);
    let [i, right] = [0, 0];
    const ask = (): void => {
      message.writeUInt32LE(i);
      client.send(message);
    };
    const all = new Promise<void>((resolve) => {
      client.on("message", (answer: Buffer) => {
        if (answer.readUInt32LE() === i) right += 1;
        i += 1;
        if (i < n) ask();
        else resolve();
      });
    });
    meter.start();
    ask();
    await all;
    meter.stop();
    client.terminate();
    server.close();
    http.close();
    await once(http, "close");
    return right;
  });
}
