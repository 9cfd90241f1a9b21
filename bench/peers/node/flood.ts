// Two ends of a local socket on node:net, and as much from one to the other as it takes.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Meter } from "../../contestant.js";
import { withPath } from "../serverProcess.js";

/** Makes what takes the chunks; it says of each thing that it finds whole that it has found it. */
type MakeCutter = (found: () => void) => (chunk: Buffer) => void;

/** Writes the batch again and again, until n right ones have come. */
export function flood(
  n: number,
  meter: Meter,
  batch: Buffer,
  perBatch: number,
  makeCutter: MakeCutter,
): Promise<number> {
  return withPair(async (a, b) => {
    let sent = 0;
    const more = (): void => {
      if (sent >= n) return;
      sent += perBatch;
      a.write(batch, more);
    };
    let right = 0;
    const all = new Promise<void>((resolve) => {
      const cut = makeCutter(() => {
        right += 1;
        if (right === n) resolve();
      });
      b.on("data", cut);
    });
    meter.start();
    more();
    await all;
    meter.stop();
    return right;
  });
}

export function withPair(use: (a: Socket, b: Socket) => Promise<number>): Promise<number> {
  return withPath(async (path) => {
    const server = createServer();
    server.listen(path);
    await once(server, "listening");
    const a = connect(path);
    const [b] = (await once(server, "connection")) as [Socket];
    const result = await use(a, b);
    for (const socket of [a, b]) socket.destroy();
    server.close();
    await once(server, "close");
    return result;
  });
}
