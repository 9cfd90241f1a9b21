// One end of a connection: a coroutine that sends, one that receives, and how both end.
import {
  brecv,
  brecvl,
  brecvSome,
  bsendl,
  type Bytestream,
  choose,
  type Coroutine,
  type CoroutineBundle,
  go,
  type Handle,
  hclose,
  isErrno,
  join,
  type MessageSocket,
  mrecv,
  msendl,
  msleep,
  now,
  type Operation,
  yieldNow,
} from "libdill-ts";
import type { Flow } from "./flow.js";
import type { Stack } from "./stack.js";
import type { Receive, Script, Way } from "./program.js";

export class Side {
  private h: Handle;
  private readonly stack: Stack;
  private readonly script: Script;
  private readonly outgoing: Flow;
  private readonly incoming: Flow;
  private isClosed = false;
  private isSending = true;
  private isDraining = false;
  private isStopping = false;
  private receiver: CoroutineBundle<void> | null = null;
  /** How many of the receives are over. */
  private received = 0;

  constructor(h: Handle, stack: Stack, script: Script, outgoing: Flow, incoming: Flow) {
    this.h = h;
    this.stack = stack;
    this.script = script;
    this.outgoing = outgoing;
    this.incoming = incoming;
  }

  *play(): Coroutine {
    this.startReceiver();
    yield* this.send();
    this.isSending = false;
    yield* this.end();
    this.stopReceiver();
    this.close();
  }

  private *end(): Coroutine {
    const { end } = this.script;
    if (end === "hclose") this.close();
    else if (end === "close" && (this.isDraining || this.incoming.hasMessages)) {
      this.stopReceiver();
      yield* this.closeInOrder();
      return;
    } else yield* this.done();
    if (this.receiver !== null) yield* join(this.receiver, -1);
    if (end === "close") yield* this.closeInOrder();
  }

  private startReceiver(): void {
    this.receiver = go(this.receive());
  }

  /** In the middle of a receive that loses nothing then. */
  private stopReceiver(): void {
    if (this.receiver === null) return;
    this.isStopping = true;
    hclose(this.receiver);
    this.receiver = null;
    this.isStopping = false;
  }

  /** What the end of a torn stream must look like is the kernel's business; here it is closed. */
  private *done(): Coroutine {
    const { hasMessages } = this.outgoing;
    if (hasMessages) this.stopReceiver(); // the protocol is taken off for a moment
    if (this.isClosed) return;
    try {
      this.outgoing.isDone = !this.outgoing.hasFailed; // a torn stream has no end, of which the peer may hear first
      this.h = yield* this.stack.done(this.h, -1);
      if (hasMessages && this.incoming.end === "") this.startReceiver();
    } catch (error) {
      this.outgoing.isDone = false;
      expectCode(error, this.outgoing, ["ECONNRESET", "EPIPE"]);
      this.disturb();
      if (hasMessages) this.isClosed = true; // by what has failed
      this.close();
    }
  }

  private *closeInOrder(): Coroutine {
    if (this.isClosed) return;
    this.isClosed = true;
    try {
      this.outgoing.isDone = !this.outgoing.hasFailed; // a torn stream has no end, of which the peer may hear first
      this.incoming.isDropped = true;
      yield* this.stack.close(this.h, -1);
      this.incoming.isDrained = true;
    } catch (error) {
      this.disturb();
      expectCode(error, this.outgoing, ["ECONNRESET", "EPIPE"]);
    }
  }

  private disturb(): void {
    this.outgoing.isDisturbed = true;
    this.incoming.isDisturbed = true;
  }

  /** At once, whatever is under way. */
  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.incoming.end !== "EPIPE") this.disturb();
    hclose(this.h);
  }

  private *send(): Coroutine {
    for (const send of this.script.sends) {
      if (send.pause > 0) yield* msleep(now() + send.pause);
      const wasOpen = !this.isClosed;
      try {
        const list = this.outgoing.next(send.sizes);
        yield* inTime(this.outgoing, send.way, (deadline) => this.sendList(list, deadline));
        this.outgoing.sent();
      } catch (error) {
        const code = expectCode(error, this.outgoing, [
          "ECONNRESET",
          "EPIPE",
          ...codesOf(send.way),
          ...(this.isClosed ? ["EBADF"] : []),
        ]);
        const isInside = code === "ETIMEDOUT" || code === "ECANCELED" || code === "EBADF";
        // A message without a byte has a header, or a delimiter.
        const hasBytes = this.outgoing.hasMessages || send.sizes.some((size) => size > 0);
        this.outgoing.sendFailed(code, isInside && wasOpen && hasBytes);
      }
    }
  }

  private sendList(list: readonly Buffer[], deadline: number): Operation<void> {
    return this.outgoing.hasMessages
      ? msendl(this.h as MessageSocket, list, deadline)
      : bsendl(this.h as Bytestream, list, deadline);
  }

  private *receive(): Coroutine {
    for (const receive of this.script.receives.slice(this.received)) {
      this.received += 1;
      if (receive.pause > 0) yield* msleep(now() + receive.pause);
      if (!(yield* this.receiveOnce(receive))) return;
    }
    this.isDraining = true;
    while (yield* this.receiveOnce(drain));
  }

  /** False: nothing more will come. */
  private *receiveOnce(receive: Receive): Coroutine<boolean> {
    const { incoming } = this;
    const isExact = !incoming.hasMessages && (receive.how === "exact" || receive.how === "list");
    // What a receive in a coroutine of its own has taken is counted when that is heard of.
    incoming.wanted = incoming.hasMessages || receive.how === "poll" ? 0 : receive.size;
    try {
      if (incoming.hasMessages) yield* this.receiveMessage(receive);
      else yield* this.receiveBytes(receive);
      return true;
    } catch (error) {
      if (this.isStopping && isErrno(error, "ECANCELED")) throw error;
      const code = expectCode(error, incoming, [
        "ECONNRESET",
        "EPIPE",
        ...codesOf(receive.way),
        ...(this.isClosed ? ["EBADF"] : []),
      ]);
      if (code === "ETIMEDOUT" || code === "ECANCELED") {
        if (isExact) incoming.isCut = true;
        return true;
      }
      incoming.ended(code, isExact ? receive.size : 0);
      // Nobody drains it any more, so that the peer must not wait for that.
      if (code === "ECONNRESET") this.close();
      return false;
    }
  }

  private *receiveBytes({ how, size, way }: Receive): Coroutine {
    const { incoming } = this;
    const s = this.h as Bytestream;
    if (how === "poll") yield* this.poll(way);
    const receive = (deadline: number) => this.bytesOperation(s, how, size, deadline);
    const bytes = yield* how === "poll" ? this.atOnce(receive) : inTime(incoming, way, receive);
    for (const part of bytes) incoming.received(part);
  }

  private *bytesOperation(
    s: Bytestream,
    how: Receive["how"],
    size: number,
    deadline: number,
  ): Coroutine<readonly (Uint8Array | number)[]> {
    if (how === "exact") return [yield* brecv(s, size, deadline)];
    if (how !== "list") return [yield* brecvSome(s, size, deadline)];
    const first = Buffer.alloc(Math.ceil(size / 3));
    const skip = Math.floor(size / 3);
    const last = Buffer.alloc(size - first.length - skip);
    yield* brecvl(s, [first, { skip }, last], deadline);
    return [first, skip, last];
  }

  private *receiveMessage({ how, size, way }: Receive): Coroutine {
    const { incoming } = this;
    if (how === "list" && !this.isSending && !this.isClosed) this.attachAgain();
    if (how === "poll") yield* this.poll(way);
    const s = this.h as MessageSocket;
    try {
      const receive = (deadline: number) =>
        how === "exact" ? mrecv(s, Buffer.alloc(size), deadline) : mrecv(s, deadline);
      const message = yield* how === "poll" ? this.atOnce(receive) : inTime(incoming, way, receive);
      incoming.receivedMessage(message);
    } catch (error) {
      const isTooLong = how === "exact" && isErrno(error, "EMSGSIZE");
      if (!isTooLong || incoming.nextLength <= size) throw error; // it waits for a receive with more room
    }
  }

  /** What fails here has closed all beneath. */
  private attachAgain(): void {
    try {
      this.h = this.stack.again(this.h);
    } catch (error) {
      this.disturb();
      this.isClosed = true;
      throw error;
    }
  }

  private *poll(way: Way): Coroutine {
    yield* inTime(this.incoming, way, (deadline) =>
      choose([{ op: "readable", s: this.h }], deadline),
    );
  }

  /** After a choose has said so, nobody has to wait. */
  private *atOnce<T>(operation: Timed<T>): Coroutine<T> {
    try {
      return yield* operation(0);
    } catch (error) {
      if (isErrno(error, "ETIMEDOUT"))
        this.incoming.violated("a choose said that no receive need wait");
      throw error;
    }
  }
}

const drain: Receive = { pause: 0, how: "some", size: 65_536, way: { kind: "patient" } };
function codesOf(way: Way): readonly string[] {
  if (way.kind === "patient") return [];
  return way.kind === "deadline" ? ["ETIMEDOUT"] : ["ECANCELED"];
}

/** The error's code, which must be one of these. */
function expectCode(error: unknown, flow: Flow, codes: readonly string[]): string {
  if (isErrno(error) && codes.includes(error.code)) return error.code;
  if (isErrno(error)) flow.violated(`${error.message}, and no other than ${codes.join(", ")}`);
  throw error;
}

/** What takes its time, under a deadline. */
export type Timed<T> = (deadline: number) => Operation<T> | Coroutine<T>;

/** Runs the operation in the given way. A deadline that has passed must have been told. */
export function* inTime<T>(flow: Flow, way: Way, operation: Timed<T>): Coroutine<T> {
  if (way.kind === "patient") return yield* operation(-1);
  if (way.kind === "cancel") return yield* canceledAfter(way.ms, operation);
  const deadline = way.ms === 0 ? 0 : now() + way.ms;
  const latest = now() + way.ms;
  try {
    return yield* operation(deadline);
  } catch (error) {
    if (isErrno(error, "ETIMEDOUT") && now() < latest) flow.violated("a deadline came too soon");
    throw error;
  } finally {
    if (now() > latest + 0.5) flow.violated(`a deadline came ${now() - latest} ms late`);
  }
}

function* canceledAfter<T>(ms: number, operation: Timed<T>): Coroutine<T> {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  const h = go(
    (function* (): Coroutine {
      try {
        outcome = { value: yield* operation(-1) };
      } catch (error) {
        outcome = { error };
      }
    })(),
  );
  try {
    // It may also be over before that; then nobody waits.
    if (outcome === undefined) yield* ms === 0 ? yieldNow() : msleep(now() + ms);
  } catch (error) {
    // Whoever cancels this coroutine, too, is told the same.
    if (!isErrno(error, "ECANCELED")) throw error;
  } finally {
    hclose(h);
  }
  const ended = outcome as { readonly value: T } | { readonly error: unknown };
  if ("error" in ended) throw ended.error;
  return ended.value;
}
