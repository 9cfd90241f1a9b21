// Ours without its message protocols: what one would write by hand on brecv.
import { brecv, bsend, type Coroutine, go, hclose, ipcPair, type IpcSocket, run } from "libdill-ts";
import type { Contestants, Meter } from "../../contestant.js";
import { line, linesPerWrite, messageSize, messagesPerWrite } from "../serverProcess.js";

export const contestants: Contestants = {
  messages: (n, meter) => {
    const message = Buffer.alloc(4 + messageSize);
    message.writeUInt32BE(messageSize);
    const batch = Buffer.alloc(message.length * messagesPerWrite, message);
    return run(flood(n, meter, batch, messagesPerWrite, countMessages));
  },
  lines: (n, meter) => {
    const batch = Buffer.alloc(line.length * linesPerWrite, line);
    return run(flood(n, meter, batch, linesPerWrite, countLines));
  },
};

function* flood(
  n: number,
  meter: Meter,
  batch: Buffer,
  perBatch: number,
  count: (s: IpcSocket, n: number) => Coroutine<number>,
): Coroutine<number> {
  const [a, b] = yield* ipcPair();
  function* sender(): Coroutine {
    for (let i = 0; i < n; i += perBatch) yield* bsend(a, batch, -1);
  }
  meter.start();
  const sending = go(sender());
  const right = yield* count(b, n);
  meter.stop();
  for (const h of [sending, a, b]) hclose(h);
  return right;
}

/** A length, and as much as it says. */
function* countMessages(s: IpcSocket, n: number): Coroutine<number> {
  const header = Buffer.alloc(4);
  for (let right = 0; right < n; right++) {
    const length = (yield* brecv(s, header, -1)).readUInt32BE();
    if ((yield* brecv(s, length, -1)).length !== messageSize) return right;
  }
  return n;
}

/** Byte by byte: nobody knows where a line ends before. */
function* countLines(s: IpcSocket, n: number): Coroutine<number> {
  const one = Buffer.alloc(1);
  const bytes = Buffer.alloc(line.length);
  for (let right = 0; right < n; right++) {
    let length = 0;
    for (let byte = 0; byte !== 10; length++) {
      byte = (yield* brecv(s, one, -1))[0]!;
      bytes[length] = byte;
    }
    if (Buffer.from(bytes.subarray(0, length - 1)).length !== line.length - 1) return right;
  }
  return n;
}
