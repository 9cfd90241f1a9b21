// The head that is being sent. Its lines are collected, because each of them would be a system call and a segment of TCP.
//
// They go out together when the head ends. If it does not end in this turn, they go out when the coroutines have run: a
// peer that acts on the first line gets it, as if nothing were collected.
import { dillError } from "../../errors/index.js";
import { host } from "../../host/index.js";
import { readDeadline, type Steps } from "../../kernel/index.js";
import { type BytestreamMethods, Direction } from "../../sockets/index.js";

/** How much of a head is collected. What is longer waits for the kernel, line by line. */
const mostCollected = 16384;

/** A line that is sent, by where it stands in the head. */
export type Role = "first" | "field" | "end";

export class OutgoingHead {
  private readonly methods: BytestreamMethods;
  readonly direction: Direction = new Direction();
  private unsent = "";
  /** How long the head is so far. */
  private length = 0;
  private isFlushDue = false;
  isInside = false;
  /** Whether the last head that was begun has been ended. */
  private hasEnded = false;

  constructor(methods: BytestreamMethods) {
    this.methods = methods;
  }

  /** Takes a line. True: what was collected must be sent now. */
  take(role: Role, format: () => string, deadline: number, syscall: string): boolean {
    this.direction.checkOpen(syscall);
    this.methods.checkSend?.(syscall);
    const isFirst = role === "first";
    if (this.isInside === isFirst) throw this.misplaced(role, syscall);
    const line = `${format()}\r\n`;
    readDeadline(deadline, syscall);
    this.isInside = role !== "end";
    this.hasEnded = role === "end";
    this.unsent += line;
    this.length = isFirst ? line.length : this.length + line.length;
    if (!this.isInside || this.length > mostCollected) return true;
    if (this.methods.post === undefined) return true;
    this.flushSoon();
    return false;
  }

  /** Sends what was collected. Nothing is held meanwhile: whoever leaves this in the middle tells the bytestream alone. */
  *send(deadline: number, syscall: string): Steps<void> {
    const bytes = this.takeUnsent();
    let isSent = false;
    try {
      yield* this.methods.send([bytes], deadline, syscall);
      isSent = true;
    } finally {
      if (!isSent) this.direction.break();
    }
  }

  /** Ends a head that was begun. */
  *finish(deadline: number, syscall: string): Steps<void> {
    if (!this.isInside) return;
    this.take("end", () => "", deadline, syscall);
    yield* this.send(deadline, syscall);
  }

  /** A mistake of the program's. EPIPE, which servers take for the client's end, is only for an end that was said before. */
  private misplaced(role: Role, syscall: string): Error {
    if (role === "first") {
      return dillError("EINVAL", syscall, "the head before has not been ended: httpDone does that");
    }
    const begin = "httpSendrequest or httpSendstatus begins one";
    if (role === "end" && this.hasEnded) {
      return dillError("EPIPE", syscall, `the head has been ended already; ${begin}`);
    }
    return dillError("EINVAL", syscall, `no head is being sent: ${begin}`);
  }

  private flushSoon(): void {
    if (this.isFlushDue) return;
    this.isFlushDue = true;
    host.microtask(() => {
      this.isFlushDue = false;
      this.flush();
    });
  }

  /** Sends what was collected, without waiting. Nobody can be told if that fails, but the next one who sends. */
  flush(): void {
    if (this.unsent === "") return;
    try {
      this.methods.post?.(this.takeUnsent(), "http_done");
    } catch {
      this.direction.break();
    }
  }

  private takeUnsent(): Buffer {
    const bytes = Buffer.from(this.unsent, "latin1");
    this.unsent = "";
    return bytes;
  }
}
