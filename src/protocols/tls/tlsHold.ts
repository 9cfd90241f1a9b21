// A TLS socket in the hands of one user, for as many operations as he likes: the holder of both directions. What is beneath
// belongs to nobody else anyway.
import type { Operation } from "../../kernel/index.js";
import type { Direction, HeldBytestream } from "../../sockets/index.js";
import { Some } from "./filling.js";
import { type Decrypter, TlsReceiving } from "./tlsReceiving.js";
import { type Encrypter, TlsSending } from "./tlsSending.js";

/** A TLS socket, as far as its holder knows it. */
interface Held extends Decrypter, Encrypter {
  checkIdle(syscall: string): void;
  sayEnd(syscall: string, by: object): void;
}

export class TlsHold implements HeldBytestream {
  private readonly tls: Held;

  constructor(tls: Held, syscall: string) {
    tls.checkIdle(syscall);
    this.tls = tls;
    for (const direction of this.directions) direction.holder = this;
  }

  private get directions(): readonly Direction[] {
    return [this.tls.incoming, this.tls.outgoing];
  }

  release(): void {
    for (const direction of this.directions) direction.holder = null;
  }

  send(list: readonly Uint8Array[], deadline: number, syscall = "bsend"): Operation<void> {
    return new TlsSending(this.tls, list, deadline, syscall, this);
  }

  receiveSome(
    into: number | Uint8Array,
    deadline: number,
    syscall = "brecv_some",
  ): Operation<Buffer> {
    return new TlsReceiving(this.tls, new Some(this.tls, into), deadline, syscall, this);
  }

  done(syscall: string): void {
    this.tls.sayEnd(syscall, this);
  }
}
