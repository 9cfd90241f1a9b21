// Whether a descriptor is ready, told by Node's event loop: uv_poll(3) on a duplicate. The duplicate, because libuv refuses a
// second watcher on one descriptor, and epoll forgets one that is closed.
import type { Failure } from "../sockets.js";
import type { Readiness, Watch } from "../native/native.js";
import { fs, workerThreads } from "./builtin.js";
import { failureOfNumber } from "./errnoOf.js";
import type { NativeCalls } from "./native.js";
import { setImmediate } from "./timers.js";

export type Watches = (fd: number, readiness: Readiness, ready: () => void) => Watch | Failure;

const UV_POLL = 8;
/** Of uv_poll_event and of poll(2) alike for reading; for writing they differ. */
const uvEvents = { in: 1, out: 2 };
const pollEvents = { in: 1, out: 4 };
const EPERM = 1;
const F_DUPFD_CLOEXEC = 1030;

/** The calls, and what they share. */
interface Poll {
  readonly isReady: (fd: number, readiness: Readiness) => boolean;
  readonly start: (handle: bigint, readiness: Readiness) => void;
  readonly stop: (handle: bigint) => void;
  readonly ref: (handle: bigint) => void;
  readonly unref: (handle: bigint) => void;
  readonly close: (handle: bigint) => void;
  /** Whom a report of libuv's is for. */
  readonly started: Map<bigint, PollWatch>;
}

export function watchesOf(calls: NativeCalls): Watches {
  const fcntl = calls.find("fcntl", "int32", ["int32", "int32", "int32"]);
  const init = calls.find("uv_poll_init", "int32", ["uint64", "uint64", "int32"]);
  const size = Number(calls.find("uv_handle_size", "uint64", ["int32"])(UV_POLL));
  const loop = calls.find("uv_default_loop", "uint64", [])();
  const free = calls.find("free", "void", ["uint64"]);
  const shared = pollOf(calls);

  return (fd, readiness, ready) => {
    if (!workerThreads().isMainThread) {
      return { code: "ENOTSUP", message: "descriptors are watched in the main thread only" };
    }
    const duplicate = Number(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (duplicate < 0) return failureOfNumber(calls.errno(), "dup");
    const { pointer } = calls.allocate(size);
    const result = Number(init(loop, pointer, duplicate));
    if (result === 0) return new PollWatch(shared, pointer, duplicate, readiness, ready);
    free(pointer); // libuv keeps nothing of a handle that it refuses
    fs().closeSync(duplicate);
    if (result !== -EPERM) return failureOfNumber(-result, "uv_poll_init");
    return {
      code: "ENOTSUP",
      message: `file descriptor ${fd} is of a kind that can't be waited for`,
    };
  };
}

function pollOf(calls: NativeCalls): Poll {
  const poll = calls.find("poll", "int32", ["uint64", "uint64", "int32"]);
  const start = calls.find("uv_poll_start", "int32", ["uint64", "int32", "uint64"]);
  const stop = calls.find("uv_poll_stop", "int32", ["uint64"]);
  const ref = calls.find("uv_ref", "void", ["uint64"]);
  const unref = calls.find("uv_unref", "void", ["uint64"]);
  const close = calls.find("uv_close", "void", ["uint64", "uint64"]);
  const free = calls.find("free", "void", ["uint64"]);
  const started = new Map<bigint, PollWatch>();
  const question = calls.allocate(8);
  // The memory is libuv's until it says that it has closed the handle.
  const closed = calls.callback(["uint64"], (handle = 0) => void free(handle));
  const reported = calls.callback(["uint64", "int32", "int32"], (handle = 0, status = 0) => {
    started.get(BigInt(handle))?.report(Number(status));
    // libuv calls past Node, which runs what coroutines are woken by after calls of its own only.
    setImmediate(() => {});
  });
  return {
    started,
    isReady(fd, readiness) {
      question.bytes.writeInt32LE(fd, 0);
      question.bytes.writeInt32LE(pollEvents[readiness], 4);
      return Number(poll(question.pointer, 1, 0)) > 0;
    },
    start: (handle, readiness) => void start(handle, uvEvents[readiness], reported),
    stop: (handle) => void stop(handle),
    ref: (handle) => void ref(handle),
    unref: (handle) => void unref(handle),
    close: (handle) => void close(handle, closed),
  };
}

class PollWatch implements Watch {
  readonly #poll: Poll;
  readonly #handle: bigint;
  readonly fd: number;
  readonly #readiness: Readiness;
  readonly #ready: () => void;

  constructor(poll: Poll, handle: bigint, fd: number, readiness: Readiness, ready: () => void) {
    this.#poll = poll;
    this.#handle = handle;
    this.fd = fd;
    this.#readiness = readiness;
    this.#ready = ready;
  }

  isReady(): boolean {
    return this.#poll.isReady(this.fd, this.#readiness);
  }

  start(): void {
    this.#poll.started.set(this.#handle, this);
    this.#poll.start(this.#handle, this.#readiness);
  }

  /** At an error libuv stops by itself. The next read or write tells of it: that is ready, too. */
  report(status: number): void {
    if (status < 0) this.start();
    this.#ready();
  }

  stop(): void {
    this.#poll.started.delete(this.#handle);
    this.#poll.stop(this.#handle);
  }

  ref(): void {
    this.#poll.ref(this.#handle);
  }

  unref(): void {
    this.#poll.unref(this.#handle);
  }

  close(): void {
    this.#poll.started.delete(this.#handle);
    this.#poll.close(this.#handle);
    fs().closeSync(this.fd);
  }
}
