// node:tls with events and callbacks.
import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import type { Contestants, Meter } from "../../contestant.js";
import { messageSize, sendSize } from "../serverProcess.js";
import { withServer, withTls } from "./tlsPair.js";

export const contestants: Contestants = {
  tls: (n, meter) => withTls(async (connect) => roundTrips(await connect(), n, meter)),
  tlsThroughput: (n, meter) => withTls(async (connect) => sends(await connect(), n, meter)),
  tlsHandshake: (n, meter) => handshakes(n, meter),

  tlsIdle: (n, meter) =>
    withTls(async (connect) => {
      const all = [...(await connect())];
      meter.start();
      for (let i = 0; i < n; i++) {
        const ends = await connect();
        for (const socket of ends) socket.on("data", () => {});
        all.push(...ends);
      }
      meter.stop();
      await destroy(all);
      return n;
    }),
};

async function roundTrips([a, b]: [TLSSocket, TLSSocket], n: number, meter: Meter) {
  b.on("data", (chunk) => void b.write(chunk));
  const message = Buffer.alloc(messageSize);
  const answer = Buffer.alloc(messageSize);
  let [i, have, right] = [0, 0, 0];
  const ask = (): void => {
    message.writeUInt32LE(i);
    a.write(message);
  };
  const all = new Promise<void>((resolve) => {
    a.on("data", (chunk) => {
      have += chunk.copy(answer, have);
      if (have < messageSize) return;
      have = 0;
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
  await destroy([a, b]);
  return right;
}

async function sends([a, b]: [TLSSocket, TLSSocket], n: number, meter: Meter) {
  const bytes = Buffer.alloc(sendSize, "x");
  let [total, left] = [0, n];
  const all = new Promise<void>((resolve) => {
    b.on("data", (chunk) => {
      total += chunk.length;
      if (total === n * sendSize) resolve();
    });
  });
  const more = (): void => {
    left -= 1;
    if (left >= 0) a.write(bytes, more);
  };
  meter.start();
  more();
  await all;
  meter.stop();
  await destroy([a, b]);
  return total / sendSize;
}

function handshakes(n: number, meter: Meter): Promise<number> {
  return withServer({ accept }, (_server, dial) => {
    return new Promise<number>((resolve, reject) => {
      let right = 0;
      const next = (): void => {
        if (right === n) {
          meter.stop();
          resolve(right);
          return;
        }
        const socket = dial();
        socket.on("error", reject);
        socket.on("data", (chunk) => {
          if (chunk[0] === 120) right += 1;
          socket.destroy();
        });
        socket.on("close", next);
      };
      meter.start();
      next();
    });
  });
}

function accept(socket: TLSSocket): void {
  socket.on("error", () => socket.destroy());
  socket.end("x");
}

async function destroy(sockets: readonly TLSSocket[]): Promise<void> {
  const closed = sockets.map((socket) => once(socket, "close"));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
}
