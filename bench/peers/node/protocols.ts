// The same protocols by hand on node:net: what comes is cut into messages as it comes.
import type { Socket } from "node:net";
import type { Contestants, Meter } from "../../contestant.js";
import {
  line,
  linesPerWrite,
  longMessageSize,
  messageSize,
  messagesPerWrite,
} from "../serverProcess.js";
import { flood, withPair } from "./flood.js";

export const contestants: Contestants = {
  pair: async (n, meter) => {
    let closed = 0;
    meter.start();
    for (let i = 0; i < n; i++) {
      await withPair((a, b) => {
        for (const socket of [a, b]) socket.destroy();
        closed += 1;
        return Promise.resolve(closed);
      });
    }
    meter.stop();
    return closed;
  },

  prefix: (n, meter) => roundTrips(messageSize, n, meter),
  prefix20k: (n, meter) => roundTrips(longMessageSize, n, meter),

  lines: (n, meter) => {
    const batch = Buffer.alloc(line.length * linesPerWrite, line);
    return flood(n, meter, batch, linesPerWrite, (found) => {
      const cutter = new LineCutter((one) => {
        if (one.length === line.length - 1) found();
      });
      return (chunk) => cutter.cut(chunk);
    });
  },

  messages: (n, meter) => {
    const message = Buffer.alloc(4 + messageSize);
    message.writeUInt32BE(messageSize);
    const batch = Buffer.alloc(message.length * messagesPerWrite, message);
    return flood(n, meter, batch, messagesPerWrite, (found) => {
      const cutter = new PrefixCutter((one) => {
        if (one.length === messageSize) found();
      });
      return (chunk) => cutter.cut(chunk);
    });
  },
};

function roundTrips(size: number, n: number, meter: Meter): Promise<number> {
  return withPair(async (a, b) => {
    const server = new PrefixCutter((message) => send(b, message));
    b.on("data", (chunk) => server.cut(chunk));
    const message = Buffer.alloc(size);
    let [i, right] = [0, 0];
    const ask = (): void => {
      message.writeUInt32LE(i);
      send(a, message);
    };
    const all = new Promise<void>((resolve) => {
      const client = new PrefixCutter((answer) => {
        if (answer.readUInt32LE() === i) right += 1;
        i += 1;
        if (i < n) ask();
        else resolve();
      });
      a.on("data", (chunk) => client.cut(chunk));
    });
    meter.start();
    ask();
    await all;
    meter.stop();
    return right;
  });
}

function send(socket: Socket, message: Buffer): void {
  const header = Buffer.allocUnsafe(4);
  header.writeUInt32BE(message.length);
  socket.cork();
  socket.write(header);
  socket.write(message);
  socket.uncork();
}

/** Hands on each message, in memory of its own. */
class PrefixCutter {
  #rest: Buffer = Buffer.alloc(0);
  readonly #found: (message: Buffer) => void;

  constructor(found: (message: Buffer) => void) {
    this.#found = found;
  }

  cut(chunk: Buffer): void {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
      const end = 4 + rest.readUInt32BE();
      this.#found(Buffer.from(rest.subarray(4, end)));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }
}

class LineCutter {
  #rest: Buffer = Buffer.alloc(0);
  readonly #found: (line: Buffer) => void;

  constructor(found: (line: Buffer) => void) {
    this.#found = found;
  }

  cut(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      this.#found(Buffer.from(bytes.subarray(from, end)));
      from = end + 1;
    }
    this.#rest = bytes.subarray(from);
  }
}
