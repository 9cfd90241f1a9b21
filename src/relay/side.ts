// One of the two bytestreams of a copy, which holds it as long as it lasts.
//
// A handle may be closed at any time, and a bytestream of the user's need not notice: so it is looked up before each use.
// What goes wrong is told with the side where it did.
import { DillError, dillError, inspectSafely, isErrno, retold } from "../errors/index.js";
import { resourceOf } from "../handles/index.js";
import type { Steps } from "../kernel/index.js";
import {
  type Bytestream,
  type BytestreamMethods,
  bytestreamOf,
  type HeldBytestream,
} from "../sockets/index.js";

type Using = Pick<BytestreamMethods, "send" | "receiveSome" | "done">;

export class Side {
  private readonly s: Bytestream;
  private readonly name: "a" | "b";
  private readonly syscall: string;
  private readonly methods: BytestreamMethods;
  private using: Using;
  private held: HeldBytestream | undefined;

  constructor(s: Bytestream, name: "a" | "b", syscall: string) {
    this.s = s;
    this.name = name;
    this.syscall = syscall;
    this.methods = bytestreamOf(s, syscall);
    this.using = this.methods;
    if (this.methods.receiveSome === undefined) {
      const message = "this bytestream gives its bytes only all at once";
      throw dillError("ENOTSUP", syscall, { message });
    }
  }

  isSameAs(other: Side): boolean {
    return this.methods === other.methods;
  }

  hold(): void {
    this.methods.checkIdle?.(this.syscall);
    this.held = this.methods.hold?.(this.syscall);
    this.using = this.held ?? this.methods;
  }

  release(): void {
    this.held?.release();
  }

  *receive(buffer: Buffer, deadline: number): Steps<Buffer> {
    try {
      resourceOf(this.s, this.syscall);
      const using = this.using as Required<Using>;
      return yield* using.receiveSome(buffer, deadline, this.syscall);
    } catch (error) {
      throw this.told(error, "receiving from");
    }
  }

  *send(bytes: Buffer, deadline: number): Steps<void> {
    try {
      resourceOf(this.s, this.syscall);
      yield* this.using.send([bytes], deadline, this.syscall);
    } catch (error) {
      throw this.told(isErrno(error, "EPIPE") ? this.moreHasCome(error) : error, "sending to");
    }
  }

  done(): void {
    try {
      resourceOf(this.s, this.syscall);
      if (this.canEnd) this.using.done?.(this.syscall);
    } catch (error) {
      if (!isErrno(error, "EPIPE")) throw this.told(error, "sending to"); // somebody has said so before
    }
  }

  get canEnd(): boolean {
    return this.methods.done !== undefined;
  }

  tear(): void {
    this.methods.tear?.();
  }

  /** A send that was refused has sent nothing; one that was cut in the middle has broken the direction. */
  get isBroken(): boolean {
    return this.methods.isBroken === true;
  }

  unread(bytes: Buffer): void {
    this.methods.unread?.(bytes);
  }

  /** EPIPE would be the end of something, and this is a loss. */
  private moreHasCome(cause: unknown): Error {
    const message = "its end had been said before, and more has come";
    return dillError("ECONNRESET", this.syscall, { cause, message });
  }

  /** A deadline and a cancellation are the whole copy's. */
  private told(error: unknown, doing: string): unknown {
    const { syscall } = this;
    return inspectSafely(() => {
      const isOfSide = error instanceof DillError && error.syscall === syscall;
      if (!isOfSide || isErrno(error, "ECANCELED", "EPIPE", "ETIMEDOUT")) return error;
      return retold(error, syscall, `${doing} ${this.name}: `);
    }, error);
  }
}
