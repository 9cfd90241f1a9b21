// What a coroutine of the fuzz may do next, and how it chooses.
import {
  brecv,
  brecvl,
  bsend,
  bsendl,
  type Coroutine,
  hclose,
  hown,
  ipcAccept,
  ipcClose,
  ipcConnect,
  ipcDone,
  ipcListen,
  ipcPair,
  type IpcSocket,
  isErrno,
  msleep,
  now,
  type ReceiveTarget,
} from "libdill-ts";
import { currentTask } from "#src/kernel/step.js";
import { Attempt, OrderlyClose, Transfer } from "./attempt.js";
import { type End, type Half, longest, type Outcome, type Pair } from "./model.js";
import type { Random } from "./random.js";
import type { World } from "./world.js";

const calm = {
  send: 40,
  receive: 40,
  done: 0.7,
  orderlyClose: 0.7,
  close: 0.5,
  own: 1,
  invalid: 0.5,
};
const wild = {
  send: 36,
  receive: 36,
  done: 3,
  orderlyClose: 3,
  close: 3,
  own: 2,
  invalid: 1,
};
/** For an end that neither sends nor receives any more. */
const spent = { ...wild, orderlyClose: 40, close: 40 };

/** Does something. What goes wrong against the model is thrown. */
function* act(world: World, random: Random): Coroutine {
  if (world.pairs.length + world.making < world.pairsWanted) {
    yield* makePairs(world, random);
    return;
  }
  const roll = random.fraction();
  if (roll < 0.02) yield* msleep(now() + random.below(2));
  else if (roll < 0.025) holdTheTurn(world);
  else if (roll < 0.035) cancelOthers(world, random);
  else {
    const end = chooseEnd(world, random);
    if (end !== undefined) yield* useSocket(world, random, end);
    else yield* msleep(now() + 1);
  }
  world.retire();
}

/** Works until the budget is used up, or until it is canceled and has said farewell. */
export function* work(world: World, random: Random): Coroutine {
  let farewells = random.below(4);
  while (world.isGoing) {
    if (currentTask()?.isCanceled === true) {
      const end = farewells-- > 0 ? chooseEnd(world, random) : undefined;
      if (end === undefined) return;
      yield* useSocket(world, random, end);
      continue;
    }
    yield* act(world, random);
    if (random.chance(0.3)) yield;
  }
}

function chooseEnd(world: World, random: Random): End | undefined {
  if (world.closed.length > 0 && random.chance(0.02)) return random.pick(world.closed);
  const all = world.pairs.flatMap((pair) => pair.ends).filter((end) => end.handle !== null);
  const open = all.filter((end) => !end.isClosed);
  const ends = open.length > 0 && random.chance(0.98) ? open : all;
  if (ends.length === 0) return undefined;
  let end = random.pick(ends);
  for (let i = 0; i < 5 && isDull(end) && random.chance(0.8); i++) end = random.pick(ends);
  return end;
}

/** Nothing much can come of using it. */
function isDull(end: End): boolean {
  return !(isUsable(end.sending) || isUsable(end.receiving));
}

function isUsable(half: Half): boolean {
  return half.state === "open" && half.sleeper() === undefined;
}

function* useSocket(world: World, random: Random, end: End): Coroutine {
  const isSpent = !end.isClosed && end.sending.state !== "open" && end.receiving.state !== "open";
  let action = random.weighted(isSpent ? spent : end.pair.isCalm ? calm : wild);
  // What is busy or over is tested often enough without this.
  if (random.chance(0.8)) {
    if (action === "send" && !isUsable(end.sending)) action = "receive";
    else if (action === "receive" && !isUsable(end.receiving)) action = "send";
    if (action === "receive" ? !isUsable(end.receiving) : !isUsable(end.sending)) {
      if (!isSpent) return;
    }
  }
  const deadline = chooseDeadline(random, end.pair);
  switch (action) {
    case "send":
      yield* send(world, random, end, deadline);
      break;
    case "receive":
      yield* receive(world, random, end, chooseReceiveLength(random, end), deadline);
      break;
    case "done":
      yield* done(world, end, deadline);
      break;
    case "orderlyClose":
      yield* closeInOrder(world, end, deadline);
      break;
    case "close":
      world.close(end, world.step++);
      break;
    case "own":
      renumber(world, end);
      break;
    case "invalid":
      yield* withoutDeadline(world, random, end);
      break;
  }
}

function* send(world: World, random: Random, end: End, deadline: number): Coroutine {
  const length = chooseLength(random);
  // If the turn is over, others may send before this begins: what it sends is known only then.
  const bytes = Buffer.alloc(length);
  const attempt = new Transfer(end, true, length, deadline, (at) => {
    bytes.set(end.sending.stream.bytes(at, length));
  });
  const s = end.handle as IpcSocket;
  let outcome: Outcome;
  if (random.chance(0.75)) {
    outcome = yield* world.perform("bsend", `, ${length}`, attempt, bsend(s, bytes, deadline));
  } else {
    const parts = cut(random, length).map(([from, to]) => bytes.subarray(from, to));
    const detail = `, ${length} in ${parts.length}`;
    outcome = yield* world.perform("bsendl", detail, attempt, bsendl(s, parts, deadline));
  }
  if (outcome === "ok") world.tally.bytesSent += length;
}

export function* receive(
  world: World,
  random: Random,
  end: End,
  length: number,
  deadline: number,
): Coroutine<Outcome> {
  const attempt = new Transfer(end, false, length, deadline);
  const { stream } = end.receiving;
  const s = end.handle as IpcSocket;
  const differs = (bytes: Uint8Array, from = 0): string | undefined =>
    stream.bytes(attempt.at + from, bytes.length).equals(bytes)
      ? undefined
      : `other bytes than were sent, at ${attempt.at + from} of the stream`;
  const way = random.weighted({ number: 5, buffer: 3, list: 3 });
  let outcome: Outcome;
  if (way === "number") {
    outcome = yield* world.perform(
      "brecv",
      `, ${length}`,
      attempt,
      brecv(s, length, deadline),
      (bytes) => (bytes.length === length ? differs(bytes) : `${bytes.length} bytes`),
    );
  } else if (way === "buffer") {
    const { buffer, isWhole } = guarded(length);
    outcome = yield* world.perform(
      "brecv",
      `, a buffer of ${length}`,
      attempt,
      brecv(s, buffer, deadline),
      (bytes) => (bytes === buffer && isWhole() ? differs(bytes) : "wrote outside the buffer"),
    );
  } else {
    const list = cut(random, length).map(([from, to]) => {
      const kind = random.weighted({ number: 1, buffer: 1, skip: 1 });
      const part = to - from;
      const guard = kind === "buffer" ? guarded(part) : null;
      const target: number | ReceiveTarget =
        kind === "skip" ? { skip: part } : kind === "number" ? part : (guard?.buffer as Buffer);
      return { from, part, isSkip: kind === "skip", target, guard };
    });
    const filled = list.filter(({ isSkip }) => !isSkip);
    outcome = yield* world.perform(
      "brecvl",
      `, ${length} in ${list.length}`,
      attempt,
      brecvl(
        s,
        list.map(({ target }) => target),
        deadline,
      ),
      (buffers) => {
        if (buffers.length !== filled.length) return `${buffers.length} buffers`;
        for (const [i, { from, part, guard }] of filled.entries()) {
          const bytes = buffers[i] as Uint8Array;
          if (bytes.length !== part) return `${bytes.length} bytes in place of ${part}`;
          if (guard !== null && (bytes !== guard.buffer || !guard.isWhole())) {
            return "wrote outside the buffer";
          }
          const difference = differs(bytes, from);
          if (difference !== undefined) return difference;
        }
        return undefined;
      },
    );
  }
  if (outcome === "ok") world.tally.bytesReceived += length;
  return outcome;
}

/** ipcDone, which is over at once. */
class Done extends Attempt {
  begins(): void {
    const { end } = this;
    const { state, flights } = end.sending;
    if (end.isClosed) this.legal = ["EBADF"];
    else if (state === "done") this.legal = ["EPIPE"];
    else if (state === "broken") this.legal = ["ECONNRESET"];
    else
      this.legal = flights.some((flight) => flight !== end.sending.sleeper())
        ? ["ok", "ECONNRESET"]
        : ["ok"];
    this.#sleeper = end.sending.sleeper();
  }

  #sleeper: ReturnType<End["sending"]["sleeper"]>;

  sleeps(): void {
    this.legal = [];
  }

  ended(outcome: Outcome): string | undefined {
    if (outcome === "ok") this.end.done(this.#sleeper);
    return this.check(outcome);
  }
}

export function* done(world: World, end: End, deadline: number): Coroutine<Outcome> {
  const operation = ipcDone(end.handle as IpcSocket, deadline);
  return yield* world.perform("ipcDone", "", new Done(end, deadline), operation);
}

export function* closeInOrder(world: World, end: End, deadline: number): Coroutine<Outcome> {
  const operation = ipcClose(end.handle as IpcSocket, deadline);
  return yield* world.perform("ipcClose", "", new OrderlyClose(end, deadline), operation);
}

/** With what is no deadline, nothing happens at all. */
function* withoutDeadline(world: World, random: Random, end: End): Coroutine {
  const deadline = random.pick([Number.NaN, -2, -Infinity]);
  const s = end.handle as IpcSocket;
  if (random.chance(0.3)) {
    if (!end.isClosed) yield* closeInOrder(world, end, deadline);
    return;
  }
  const isSending = random.chance(0.5);
  const attempt = new Transfer(end, isSending, 1, deadline);
  if (isSending) yield* world.perform("bsend", "", attempt, bsend(s, Buffer.from("x"), deadline));
  else yield* world.perform("brecv", "", attempt, brecv(s, 1, deadline));
}

/** The old number is dead from then on; whoever sleeps in the socket sleeps on. */
function renumber(world: World, end: End): void {
  if (end.handle === null || end.isClosed || end.closers > 0 || currentTask()?.isCanceled) return;
  end.handle = hown(end.handle);
  world.note(world.step++, `hown(${end.name})`, "ok");
}

/** Makes one pair, or several that connect before any is accepted. */
function* makePairs(world: World, random: Random): Coroutine {
  const step = world.step++;
  world.making += 1;
  try {
    if (random.chance(0.6)) {
      const [a, b] = yield* ipcPair();
      world.note(step, `ipcPair ${world.addPair(a, b).number}`, "ok");
    } else yield* connectPairs(world, random, step);
  } finally {
    world.making -= 1;
  }
}

function* connectPairs(world: World, random: Random, step: number): Coroutine {
  const path = `${world.folder}/${step}`;
  const made: Pair[] = [];
  const ls = yield* ipcListen(path, random.below(4));
  try {
    for (let count = 1 + random.below(3); count > 0; count--) {
      const pair = world.addPair(yield* ipcConnect(path, chooseMakingDeadline(random)), null);
      made.push(pair);
      world.note(step, `ipcConnect ${pair.number}`, "ok");
      if (random.chance(0.3)) yield; // the others may use the client before it is accepted
    }
    for (const pair of made) {
      pair.b.handle = yield* ipcAccept(ls, chooseMakingDeadline(random));
      world.note(step, `ipcAccept ${pair.number}`, "ok");
    }
  } catch (error) {
    if (!isErrno(error, "ECANCELED")) throw error;
    world.note(step, "making pairs", "ECANCELED");
  } finally {
    // With the listener goes the other end of those that nobody has accepted.
    for (const pair of made) if (pair.b.handle === null) pair.b.close();
    hclose(ls);
  }
}

function chooseMakingDeadline(random: Random): number {
  return random.chance(0.5) ? -1 : now() + 60_000;
}

function cancelOthers(world: World, random: Random): void {
  const current = currentTask();
  const others = world.crews.filter(({ tasks }) => current === null || !tasks.has(current));
  if (others.length > 0) world.cancel(random.pick(others), world.step++);
}

/** From now on, operations let the others go first. */
function holdTheTurn(world: World): void {
  world.note(world.step++, "holds the turn", "");
  const end = now() + 4.5;
  while (now() < end); // busy on purpose
}

function chooseDeadline(random: Random, pair: Pair): number {
  const kind = random.weighted(
    pair.isCalm
      ? { none: 70, infinite: 10, far: 20, soon: 0.3, zero: 0.3, past: 0.3, ancient: 0.1 }
      : { none: 25, infinite: 5, far: 5, soon: 40, zero: 15, past: 8, ancient: 5 },
  );
  return deadlines[kind](random);
}

const deadlines = {
  none: () => -1,
  infinite: () => Infinity,
  far: () => now() + 60_000,
  soon: (random: Random) => now() + random.fraction() * 4,
  zero: () => 0,
  past: (random: Random) => now() - random.fraction() * 100,
  ancient: () => 1,
};

function chooseLength(random: Random): number {
  const kind = random.weighted({ zero: 4, tiny: 25, small: 25, medium: 26, large: 20 });
  const limits = { zero: 1, tiny: 16, small: 2000, medium: 70_000, large: 400_000 };
  return random.below(limits[kind]);
}

function chooseReceiveLength(random: Random, end: End): number {
  const { stream, next } = end.receiving;
  const kind = random.weighted({ part: 50, all: 20, offered: 20, any: 20 });
  const there = (kind === "offered" ? stream.offered : stream.certain) - next;
  if (kind === "any" || !(there > 0)) return chooseLength(random);
  return Math.min(longest, kind === "part" ? random.below(there + 1) : there);
}

/** Cuts so many bytes into parts, some of them empty. */
function cut(random: Random, length: number): [from: number, to: number][] {
  const cuts = Array.from({ length: random.below(5) }, () => random.below(length + 1));
  const places = [0, ...cuts.toSorted((a, b) => a - b), length];
  return places.slice(1).map((to, i) => [places[i] as number, to]);
}

/** A buffer in the middle of a larger one, and whether only the buffer was written to. */
function guarded(length: number): { buffer: Buffer; isWhole(): boolean } {
  const all = Buffer.alloc(length + 16, 0xa5);
  const isGuard = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0xa5);
  return {
    buffer: all.subarray(8, 8 + length),
    isWhole: () => isGuard(all.subarray(0, 8)) && isGuard(all.subarray(8 + length)),
  };
}
