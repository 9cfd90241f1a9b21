// The wait for the engine, which is never long: a turn or two.
import type { TlsEngine } from "../../host/tls/index.js";
import { type Event, Wait, type Waiter } from "../../kernel/index.js";

interface Settled {
  readonly engine: TlsEngine;
  readonly isClosed: boolean;
  settling: Waiter | null;
}

export class Settling extends Wait<void> {
  readonly syscall: string;
  private readonly tls: Settled;

  constructor(tls: Settled, deadline: number, syscall: string) {
    super(deadline);
    this.tls = tls;
    this.syscall = syscall;
  }

  protected findEvent(): Event<void> {
    return new SettledEvent(this.tls);
  }

  protected copy(): Settling {
    return new Settling(this.tls, this.deadline, this.syscall);
  }
}

class SettledEvent implements Event<void> {
  readonly source = "outside";
  private readonly tls: Settled;

  constructor(tls: Settled) {
    this.tls = tls;
  }

  isReady(): boolean {
    return this.tls.engine.isSettled;
  }

  add(waiter: Waiter): void {
    if (this.tls.isClosed) waiter.fail("EBADF");
    else this.tls.settling = waiter;
  }

  remove(): void {
    this.tls.settling = null;
  }

  take(): void {}
}
