// libdill-ts's message protocols, over local sockets in one process.
import {
  bsend,
  type Coroutine,
  go,
  hclose,
  ipcPair,
  type MessageSocket,
  mrecv,
  msend,
  prefixAttach,
  run,
  suffixAttach,
} from "libdill-ts";
import { wsAttachClient, wsAttachServer } from "libdill-ts/ws";
import type { Contestants, Meter } from "../../contestant.js";
import {
  line,
  linesPerWrite,
  longMessageSize,
  messageSize,
  messagesPerWrite,
} from "../serverProcess.js";

export const contestants: Contestants = {
  prefix: (n, meter) => run(roundTrips(messageSize, n, meter)),
  prefix20k: (n, meter) => run(roundTrips(longMessageSize, n, meter)),
  ws: (n, meter) => run(roundTrips(messageSize, n, meter, wsPair)),
  ws20k: (n, meter) => run(roundTrips(longMessageSize, n, meter, wsPair)),
  lines: (n, meter) => run(lines(n, meter)),
  messages: (n, meter) => run(messages(n, meter)),
  pair: (n, meter) =>
    run(
      (function* () {
        let closed = 0;
        meter.start();
        for (let i = 0; i < n; i++) {
          for (const h of yield* ipcPair()) hclose(h);
          closed += 1;
        }
        meter.stop();
        return closed;
      })(),
    ),
};

type Pair = [MessageSocket, MessageSocket];

function* prefixPair(): Coroutine<Pair> {
  const [a, b] = yield* ipcPair();
  return [prefixAttach(a, 4), prefixAttach(b, 4)];
}

function* wsPair(): Coroutine<Pair> {
  const [a, b] = yield* ipcPair();
  const client = yield* wsAttachClient(a, { noHttp: true }, -1);
  return [client, yield* wsAttachServer(b, { noHttp: true }, -1)];
}

function* roundTrips(
  size: number,
  n: number,
  meter: Meter,
  makePair: () => Coroutine<Pair> = prefixPair,
): Coroutine<number> {
  const [a, b] = yield* makePair();
  const server = go(echo(b));
  const message = Buffer.alloc(size);
  let right = 0;
  meter.start();
  for (let i = 0; i < n; i++) {
    message.writeUInt32LE(i);
    yield* msend(a, message, -1);
    if ((yield* mrecv(a, -1)).readUInt32LE() === i) right += 1;
  }
  meter.stop();
  for (const h of [server, a, b]) hclose(h);
  return right;
}

function* echo(s: MessageSocket): Coroutine {
  while (true) yield* msend(s, yield* mrecv(s, -1), -1);
}

function* lines(n: number, meter: Meter): Coroutine<number> {
  const [a, b] = yield* ipcPair();
  const received = suffixAttach(b, "\n");
  function* sender(): Coroutine {
    const batch = Buffer.alloc(line.length * linesPerWrite, line);
    for (let i = 0; i < n; i += linesPerWrite) yield* bsend(a, batch, -1);
  }
  let right = 0;
  meter.start();
  const sending = go(sender());
  while (right < n && (yield* mrecv(received, -1)).length === line.length - 1) right += 1;
  meter.stop();
  for (const h of [sending, a, received]) hclose(h);
  return right;
}

function* messages(n: number, meter: Meter): Coroutine<number> {
  const [a, b] = yield* ipcPair();
  const received = prefixAttach(b, 4);
  function* sender(): Coroutine {
    const message = Buffer.alloc(4 + messageSize);
    message.writeUInt32BE(messageSize);
    const batch = Buffer.alloc(message.length * messagesPerWrite, message);
    for (let i = 0; i < n; i += messagesPerWrite) yield* bsend(a, batch, -1);
  }
  let right = 0;
  meter.start();
  const sending = go(sender());
  while (right < n && (yield* mrecv(received, -1)).length === messageSize) right += 1;
  meter.stop();
  for (const h of [sending, a, received]) hclose(h);
  return right;
}
