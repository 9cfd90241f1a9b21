// Saying that nothing more will be sent: the engine is waited for, and its last record tells the peer.
import { isErrno } from "../../errors/index.js";
import { currentTask, final, readDeadline, type Steps } from "../../kernel/index.js";
import { type Direction, Holding } from "../../sockets/index.js";
import { Settling } from "./settling.js";
import type { Encrypter } from "./tlsSending.js";

interface Ending extends Encrypter {
  endOutgoing(): void;
}

export function* sayDone(tls: Ending, deadline: number, syscall: string): Steps<void> {
  yield* new SayingDone(tls, deadline, syscall);
}

class SayingDone extends Holding<void, void> {
  readonly syscall: string;
  private readonly tls: Ending;
  private readonly deadline: number;

  constructor(tls: Ending, deadline: number, syscall: string) {
    super();
    this.syscall = syscall;
    this.tls = tls;
    this.deadline = deadline;
  }

  protected seize(): Direction {
    readDeadline(this.deadline, this.syscall);
    this.tls.checkSend(this.syscall, null);
    return this.tls.outgoing;
  }

  protected *delegate(): Steps<void> {
    const { tls, deadline, syscall } = this;
    const { methods, engine } = tls;
    try {
      // What is said now would come out a turn later, when the socket may be gone.
      if (!engine.isSettled && mayWait()) yield* new Settling(tls, deadline, syscall);
    } catch (error) {
      if (!isErrno(error, "ETIMEDOUT")) throw error;
    } finally {
      if (!tls.isClosed) tls.endOutgoing();
    }
    const unsent = methods.post === undefined ? engine.takeOutput() : [];
    if (unsent.length > 0) yield* methods.send(unsent, deadline, syscall);
  }

  protected result(): void {}

  protected override released(): void {
    this.tls.sent();
  }

  protected copy(): SayingDone {
    return new SayingDone(this.tls, this.deadline, this.syscall);
  }
}

/** Whoever is canceled without a grace may say so, too, and can't wait. */
function mayWait(): boolean {
  return currentTask()?.cancellation !== final;
}
