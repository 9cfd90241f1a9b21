// What goes through two bytestreams that are connected by TLS, whoever encrypts it.
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  join,
} from "libdill-ts";
import type { Meter } from "../../contestant.js";
import { messageSize, sendSize } from "../serverProcess.js";
import { dialogue } from "./services.js";

export type Ends = readonly [Bytestream, Bytestream];

export function* roundTrips([a, b]: Ends, n: number, meter: Meter): Coroutine<number> {
  const echoing = go(dialogue(b, "echo"));
  const message = Buffer.alloc(messageSize);
  const answer = Buffer.alloc(messageSize);
  let right = 0;
  meter.start();
  for (let i = 0; i < n; i++) {
    message.writeUInt32LE(i);
    yield* bsend(a, message, -1);
    yield* brecv(a, answer, -1);
    if (answer.readUInt32LE() === i) right += 1;
  }
  meter.stop();
  for (const h of [echoing, a]) hclose(h);
  return right;
}

export function* sends([a, b]: Ends, n: number, meter: Meter): Coroutine<number> {
  const bytes = Buffer.alloc(sendSize, "x");
  meter.start();
  const receiving = go(receive(b, n * sendSize));
  for (let i = 0; i < n; i++) yield* bsend(a, bytes, -1);
  const total = yield* join(receiving, -1);
  meter.stop();
  for (const h of [receiving, a, b]) hclose(h);
  return total / sendSize;
}

function* receive(s: Bytestream, most: number): Coroutine<number> {
  const buffer = Buffer.alloc(sendSize);
  let total = 0;
  while (total < most) total += (yield* brecvSome(s, buffer, -1)).length;
  return total;
}

/** Each end waits for something. */
export function* idlers(
  n: number,
  meter: Meter,
  connect: () => Coroutine<Ends>,
): Coroutine<number> {
  const all: Bytestream[] = [...(yield* connect())];
  const waiting = bundle();
  meter.start();
  for (let i = 0; i < n; i++) {
    const ends = yield* connect();
    for (const s of ends) bundleGo(waiting, wait(s));
    all.push(...ends);
  }
  yield;
  meter.stop();
  for (const h of [waiting, ...all]) hclose(h);
  return n;
}

function* wait(s: Bytestream): Coroutine {
  yield* brecv(s, 1, -1);
}
