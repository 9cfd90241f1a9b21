// libdill-ts over UDP. Nothing is lost on the loopback while one datagram is on its way.
import {
  type Coroutine,
  go,
  hclose,
  ipaddrLocal,
  mrecv,
  msend,
  run,
  udpLocal,
  udpOpen,
  udpRecv,
  udpSend,
  type UdpSocket,
} from "libdill-ts";
import type { Contestants, Meter } from "../../contestant.js";
import { messageSize } from "../serverProcess.js";

export const contestants: Contestants = {
  udp: (n, meter) => run(roundTrips(n, meter)),
};

function* roundTrips(n: number, meter: Meter): Coroutine<number> {
  const server = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), null);
  const s = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), udpLocal(server));
  const echoing = go(echo(server));
  const message = Buffer.alloc(messageSize);
  let right = 0;
  meter.start();
  for (let i = 0; i < n; i++) {
    message.writeUInt32LE(i);
    yield* msend(s, message, -1);
    const answer = yield* mrecv(s, -1);
    if (answer.readUInt32LE() === i) right += 1;
  }
  meter.stop();
  for (const h of [echoing, s, server]) hclose(h);
  return right;
}

function* echo(s: UdpSocket): Coroutine {
  for (;;) {
    const { data, addr } = yield* udpRecv(s, -1);
    udpSend(s, addr, data);
  }
}
