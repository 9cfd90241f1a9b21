import { dillError, isErrno, Options, signalError } from "../errors/index.js";
import {
  type Coroutine,
  type Operation,
  operation,
  readDeadline,
  type Steps,
} from "../kernel/index.js";
import { type Bundle, bundleGo, bundleWait, now, scope } from "../runtime/index.js";
import { type Bytestream, type BytestreamMethods, bytestreamOf } from "../sockets/index.js";

/** What {@link copyBidirectional} may be told. */
export interface CopyOptions {
  /** It gives up when nothing has been passed on in either direction for so many milliseconds. */
  readonly idle?: number | undefined;
}

/** How many bytes {@link copyBidirectional} has passed on. */
export interface Copied {
  readonly aToB: number;
  readonly bToA: number;
}

const syscall = "copy_bidirectional";
/** Of the buffer in each direction. */
const bufferSize = 65536;

/**
 * Passes everything on between two bytestreams, both ways, until both have ended.
 *
 * The end of each direction is passed on as well, so that a peer which has said that it is done still gets its answer. A fast
 * side is held back while the other one is slow. Both sockets stay open: close them afterwards. libdill has nothing like it.
 *
 * @param a - A bytestream socket.
 * @param b - Another one.
 * @param deadline - Point on the clock of {@link now}, in milliseconds; `-1` never, `0` only what is there.
 * @param options - How long nothing may happen.
 * @returns How many bytes went which way.
 * @throws {@link DillError}
 * - `EBADF`: a handle is not open, or was closed meanwhile.
 * - `EBUSY`: another coroutine uses one of the sockets.
 * - `ECANCELED`: the coroutine is being canceled.
 * - `ECONNRESET`: one of the connections broke; what came before that has been passed on.
 * - `EINVAL`: the deadline or an option is none.
 * - `ENOTSUP`: a handle is not a bytestream, or gives its bytes only all at once.
 * - `ETIMEDOUT`: the deadline came first, or nothing has happened for too long.
 * @remarks Cancellation: bytes that were taken from one side may not have reached the other.
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
  const [forth, back] = [new OneWay(a, b), new OneWay(b, a)];
  const patience = (): number => Math.min(end, Math.max(forth.lastMoved, back.lastMoved) + idle);
  return yield* scope(function* (directions) {
    bundleGo(directions, forth.copy());
    bundleGo(directions, back.copy());
    for (;;) {
      if (yield* hasEnded(directions, patience())) break;
      if (patience() <= now()) throw signalError("ETIMEDOUT", syscall);
    }
    return { aToB: forth.count, bToA: back.count };
  });
}

function isDuration(value: unknown): value is number {
  return typeof value === "number" && value > 0;
}

function* hasEnded(directions: Bundle, deadline: number): Coroutine<boolean> {
  try {
    yield* bundleWait(directions, deadline);
    return true;
  } catch (error) {
    if (isErrno(error, "ETIMEDOUT")) return false;
    throw error;
  }
}

class OneWay {
  private readonly from: BytestreamMethods;
  private readonly to: BytestreamMethods;
  count = 0;
  lastMoved = now();

  constructor(from: Bytestream, to: Bytestream) {
    this.from = bytestreamOf(from, syscall);
    this.to = bytestreamOf(to, syscall);
  }

  *copy(): Coroutine {
    const { from, to } = this;
    if (from.receiveSome === undefined) {
      const message = "this bytestream gives its bytes only all at once";
      throw dillError("ENOTSUP", syscall, { message });
    }
    const buffer = Buffer.allocUnsafeSlow(bufferSize);
    for (;;) {
      let bytes: Buffer;
      try {
        bytes = yield* from.receiveSome(buffer, -1, syscall);
      } catch (error) {
        if (!isErrno(error, "EPIPE")) throw error;
        break;
      }
      yield* to.send([bytes], -1, syscall);
      this.count += bytes.length;
      this.lastMoved = now();
    }
    try {
      to.done?.(syscall);
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw error; // somebody has said so before
    }
  }
}
