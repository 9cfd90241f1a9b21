// Raw node:dgram, with events: the floor of UDP.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Contestants, Meter } from "../../contestant.js";
import { messageSize } from "../serverProcess.js";

export const contestants: Contestants = {
  udp: async (n, meter) => {
    const [server, s] = [await bound(), await bound()];
    server.on("message", (bytes, { address, port }) => server.send(bytes, port, address));
    const right = await dialogue(s, server.address().port, n, meter);
    for (const socket of [server, s]) socket.close();
    return right;
  },
};

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

function dialogue(s: Socket, port: number, n: number, meter: Meter): Promise<number> {
  return new Promise((resolve) => {
    const message = Buffer.alloc(messageSize);
    let [i, right] = [0, 0];
    const ask = (): void => {
      message.writeUInt32LE(i);
      s.send(message, port, "127.0.0.1");
    };
    s.on("message", (answer) => {
      if (answer.readUInt32LE() === i) right += 1;
      i += 1;
      if (i < n) ask();
      else {
        meter.stop();
        resolve(right);
      }
    });
    meter.start();
    ask();
  });
}
