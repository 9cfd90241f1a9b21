import {
  combine,
  dillError,
  isErrno,
  listed,
  Options,
  signalError,
  toldHere,
} from "../errors/index.js";
import {
  type Coroutine,
  type Operation,
  operation,
  readDeadline,
  type Steps,
} from "../kernel/index.js";
import { type BundleTask, join, now, scope } from "../runtime/index.js";
import type { Bytestream } from "../sockets/index.js";
import { bufferSize, OneWay, type Terms } from "./oneWay.js";
import { Side } from "./side.js";

/** What {@link copyBidirectional} may be told. */
export interface CopyOptions {
  /**
   * It gives up when nothing has been passed on in either direction for so many milliseconds. A reader is seen to move
   * from a thousand bytes a second on; behind a kernel's buffer, when there is room in that again.
   */
  readonly idle?: number | undefined;
  /** What is passed on is added to these numbers as it goes: they tell how much that was when the copy throws, too. */
  readonly counts?: CopyCounts | undefined;
}

/** How many bytes have gone which way. */
export interface CopyCounts {
  aToB: number;
  bToA: number;
}

/** How many bytes {@link copyBidirectional} has passed on. */
export type Copied = Readonly<CopyCounts>;

const syscall = "copy_bidirectional";
/** In bytes. Smaller ones cost more than they tell. */
const smallestPiece = 512;

/**
 * Passes everything on between two bytestreams, both ways, until both have ended.
 *
 * The end of each direction is passed on as well, so that a peer which has said that it is done still gets its answer. A fast
 * side is held back while the other one is slow. Both sockets stay open: close them afterwards. libdill has nothing like it.
 *
 * When one direction fails, the other one passes on what has come by then, waits for no more, and then the failure is thrown.
 * From its start, a socket that was not told the end of the other side is torn, however the copy ends. `hclose` resets its
 * connection, over TCP, so that its peer can't take a part for the whole; `tcpClose` is `ECONNRESET`, and a reset. Local sockets
 * have no reset. Afterwards the program may still send, copy again, or say the end itself with `tcpDone`. What is refused
 * (`EBUSY`, `EINVAL`, `ENOTSUP`) has not begun.
 *
 * Until it ends, the copy holds both sockets: all others get `EBUSY`. A bytestream made by a user without `hold` can't keep
 * anybody off, so nobody else may use that meanwhile. The error's message tells at which side it was.
 *
 * @param a - A bytestream socket.
 * @param b - Another one.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @param options - How long nothing may happen, and where to count.
 * @returns How many bytes went which way.
 * @throws {@link DillError}
 * - `EBADF`: a handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine uses one of the sockets.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: one of the connections broke, what came before that has been passed on; or more came for a side whose end
 *   had been said before.
 * - `EINVAL`: the deadline or an option is none, or the two are one socket.
 * - `ENOTSUP`: a handle is not a bytestream, or gives its bytes only all at once.
 * - `ETIMEDOUT`: the deadline came first, or nothing has happened for too long.
 * @remarks Cancellation: bytes that were taken from one side may not have reached the other, which is broken then.
 * @example A proxy's session
 * ```ts
 * const server = yield* ipcConnect(back, now() + 1000);
 * yield* copyBidirectional(client, server, -1, { idle: 60_000 });
 * ```
 * Source: copy_bidirectional of tokio, https://docs.rs/tokio/latest/tokio/io/fn.copy_bidirectional.html
 */
export function copyBidirectional(
  a: Bytestream,
  b: Bytestream,
  deadline: number,
  options?: CopyOptions,
): Operation<Copied> {
  return operation(syscall, () => copyBoth(a, b, deadline, options));
}

function* copyBoth(
  a: Bytestream,
  b: Bytestream,
  deadline: number,
  options: CopyOptions | undefined,
): Steps<Copied> {
  const end = readDeadline(deadline, syscall);
  const given = new Options(options, syscall);
  const idle = given.read("idle", Infinity, "a number of milliseconds above 0", isDuration);
  const total = given.read("counts", undefined, "{ aToB, bToA }, of two numbers", areCounts);
  // A reader of a thousand bytes a second moves, and must be seen to do so twice in that time.
  const pieceSize = Math.ceil(Math.min(Math.max(idle / 2, smallestPiece), bufferSize));
  const failures: unknown[] = [];
  const terms: Terms = { syscall, deadline: end, pieceSize, failures };
  const left = new Side(a, "a", syscall);
  const right = new Side(b, "b", syscall);
  if (left.isSameAs(right)) throw dillError("EINVAL", syscall, "the two are one socket");
  const forth = new OneWay(left, right, terms, (count) => {
    if (total !== undefined) total.aToB += count;
  });
  const back = new OneWay(right, left, terms, (count) => {
    if (total !== undefined) total.bToA += count;
  });
  const ways = [forth, back];
  const sides = [left, right];
  try {
    for (const side of sides) side.hold();
  } catch (error) {
    for (const side of sides) side.release();
    throw error;
  }
  const late: unknown[] = [];
  let isOver = false;
  // At the end of the block: who leaves the operation in the middle, begun by hand, comes no further.
  const leave = (): void => {
    if (isOver) return;
    isOver = true;
    tryEach(late, ways, (way) => way.giveBack());
    tryEach(late, ways, (way) => way.leaveTorn());
    tryEach(late, sides, (side) => side.release());
  };
  try {
    tryEach(failures, ways, (way) => way.tear());
    if (failures.length === 0) yield* scope(() => runBoth(forth, back, idle, leave));
  } catch (error) {
    if (failures.length === 0) failures.push(isErrno(error, "ECANCELED") ? canceled() : error);
  } finally {
    leave();
  }
  failures.push(...late);
  if (failures.length > 0) throw combine(listed(failures).map((error) => toldHere(error, syscall)));
  return { aToB: forth.count, bToA: back.count };
}

/** What fails for one of them keeps it from none of the others. */
function tryEach<T>(failures: unknown[], list: readonly T[], act: (one: T) => void): void {
  for (const one of list) {
    try {
      act(one);
    } catch (error) {
      failures.push(error);
    }
  }
}

function* runBoth(forth: OneWay, back: OneWay, idle: number, leave: () => void): Coroutine {
  try {
    const ends = [forth.start(back), back.start(forth)];
    for (const end of ends)
      yield* waitFor(end, () => Math.max(forth.lastMoved, back.lastMoved) + idle);
  } finally {
    for (const way of [forth, back]) way.cut();
    for (const way of [forth, back]) way.close();
    leave();
  }
}

/** ETIMEDOUT if nothing moves. What came while the process was busy with something else is looked at first. */
function* waitFor(end: BundleTask<void>, patience: () => number): Coroutine {
  for (;;) {
    const until = patience();
    const isLastLook = until <= now();
    try {
      yield* join(end, isLastLook ? now() + 1 : until);
      return;
    } catch (error) {
      if (!isErrno(error, "ETIMEDOUT")) throw error;
      if (isLastLook && patience() === until) throw signalError("ETIMEDOUT", syscall);
    }
  }
}

function areCounts(value: unknown): value is CopyCounts {
  const { aToB, bToA } = value as Copied;
  return typeof aToB === "number" && typeof bToA === "number";
}

function isDuration(value: unknown): value is number {
  return typeof value === "number" && value > 0;
}

/** By its own name, and not the scope's. */
function canceled(): Error {
  return signalError("ECANCELED", syscall);
}
