// A fuzz of UDP on the loopback: datagrams of all sizes from several sources, received in several ways, or not. Some may get
// lost. What comes is what was sent, as a whole, from whom it says, in the order of each source, and once.
import {
  type Coroutine,
  go,
  hclose,
  type Ipaddr,
  ipaddrEqual,
  ipaddrLocal,
  isErrno,
  mrecv,
  now,
  run,
  udpLocal,
  udpOpen,
  udpRecv,
  udpRecvl,
  udpSend,
  udpSendl,
  type UdpSocket,
} from "libdill-ts";
import type { Random } from "./random.js";

/** The longest datagram that IPv4 can say. */
const longest = 65_507;
/** How long the last datagram may be on its way before it is sent again, in milliseconds. */
const patience = 200;
const lastWords = Buffer.from("that was all");

interface Source {
  readonly s: UdpSocket;
  readonly addr: Ipaddr;
  readonly sent: Buffer[];
  /** How many of them have come, or been passed over by one that has. */
  passed: number;
}

interface World {
  readonly random: Random;
  readonly sources: readonly Source[];
  readonly to: UdpSocket;
  /** The only one that it receives from; undefined: from all. */
  readonly partner: Source | undefined;
  received: number;
}

/** Returns how many datagrams were received. */
export async function fuzzDatagrams(random: Random): Promise<number> {
  return run(
    (function* () {
      const sources: Source[] = [];
      for (let i = random.below(4); i >= 0; i--) {
        const s = yield* udpOpen(ipaddrLocal(`127.0.0.${1 + random.below(20)}`, 0), null);
        sources.push({ s, addr: udpLocal(s), sent: [], passed: 0 });
      }
      const partner = random.chance(0.3) ? sources[0] : undefined;
      const to = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), partner?.addr ?? null);
      const world: World = { random, sources, to, partner, received: 0 };
      for (let i = random.below(60); i >= 0; i--) yield* act(world);
      yield* receiveRest(world);
      for (const { s } of sources) hclose(s);
      hclose(to);
      return world.received;
    })(),
  );
}

function* act(world: World): Coroutine {
  const { random, partner } = world;
  switch (random.weighted({ send: 8, receive: 4, fill: 3, message: 1, cancel: 1, yield: 2 })) {
    case "send":
      send(random, random.pick(world.sources), world.to);
      break;
    case "receive":
      yield* unlessNone(receive(world, 0));
      break;
    case "fill":
      yield* unlessNone(fill(world));
      break;
    case "message":
      if (partner !== undefined) yield* unlessNone(receiveMessage(world, partner));
      break;
    case "cancel": {
      const waiting = go(unlessNone(receive(world, -1)));
      if (random.chance(0.5)) yield;
      hclose(waiting);
      break;
    }
    case "yield":
      yield;
  }
}

function send(random: Random, { s, sent }: Source, to: UdpSocket): void {
  const length = random.below(1 + random.pick([0, 10, 1_500, 10_000, longest]));
  const isTooLong = random.chance(0.02);
  const bytes = Buffer.alloc(isTooLong ? longest + 1 : length, someBytes(random));
  const middle = random.below(bytes.length + 1);
  try {
    if (random.chance(0.5)) udpSend(s, udpLocal(to), bytes);
    else udpSendl(s, udpLocal(to), [bytes.subarray(0, middle), bytes.subarray(middle)]);
  } catch (error) {
    if (!isTooLong || !isErrno(error, "EMSGSIZE")) throw error;
    return;
  }
  if (isTooLong) throw new Error(`a datagram of ${bytes.length} bytes was sent`);
  sent.push(bytes);
}

function someBytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: 7 }, () => random.below(256)));
}

function* receive(world: World, deadline: number): Coroutine<Buffer> {
  const { data, addr } = yield* udpRecv(world.to, deadline);
  if (!data.equals(lastWords)) note(world, addr, (sent) => sent.equals(data));
  return data;
}

function* receiveMessage(world: World, partner: Source): Coroutine {
  const data = yield* mrecv(world.to, 0);
  note(world, partner.addr, (sent) => sent.equals(data));
}

/** Into two buffers, with a gap between them. */
function* fill(world: World): Coroutine {
  const { random, to } = world;
  const most = random.pick([3, 1_000, longest]);
  const [head, tail] = [random.below(most), random.below(most)].map((size) => Buffer.alloc(size));
  if (head === undefined || tail === undefined) return;
  const skip = random.below(most);
  try {
    const { length, addr } = yield* udpRecvl(to, [head, { skip }, tail], 0);
    note(world, addr, (sent) => {
      const rest = sent.subarray(head.length + skip);
      return sent.length === length && isFilled(head, sent) && isFilled(tail, rest);
    });
  } catch (error) {
    if (!isErrno(error, "EMSGSIZE")) throw error; // it is gone
    if ([head, tail].some((buffer) => buffer.some((byte) => byte !== 0))) {
      throw new Error("it was too long, and something was filled", { cause: error });
    }
  }
}

/** With the beginning of the bytes, and as it was behind them. */
function isFilled(buffer: Buffer, bytes: Buffer): boolean {
  const count = Math.min(buffer.length, bytes.length);
  const isSame = buffer.subarray(0, count).equals(bytes.subarray(0, count));
  return isSame && buffer.subarray(count).every((byte) => byte === 0);
}

/** Something has come: the next of that source that it can be. Those before it are lost. */
function note(world: World, addr: Ipaddr, isIt: (sent: Buffer) => boolean): void {
  const source = world.sources.find((each) => ipaddrEqual(each.addr, addr));
  if (source === undefined || (world.partner ?? source) !== source) {
    throw new Error(`something came from ${addr.address} ${addr.port}`);
  }
  const place = source.sent.findIndex((sent, i) => i >= source.passed && isIt(sent));
  if (place < 0) throw new Error(`what came from ${addr.address} ${addr.port} was not sent`);
  source.passed = place + 1;
  world.received += 1;
}

/** What is on its way comes before what is sent now. */
function* receiveRest(world: World): Coroutine {
  const [{ s }] = world.sources as [Source];
  for (;;) {
    while (yield* unlessNone(receive(world, 0)));
    udpSend(s, udpLocal(world.to), lastWords);
    for (let data: Buffer | undefined = nothing; data !== undefined; ) {
      data = yield* unlessNone(receive(world, now() + patience));
      if (data?.equals(lastWords) === true) return;
    }
  }
}

const nothing = Buffer.alloc(0);

/** What comes of it; undefined if nothing was there. */
function* unlessNone<T>(coroutine: Coroutine<T>): Coroutine<T | undefined> {
  try {
    return yield* coroutine;
  } catch (error) {
    if (!isErrno(error, "ETIMEDOUT", "ECANCELED")) throw error;
    return undefined;
  }
}
