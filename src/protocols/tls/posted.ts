// What is to be sent on behalf of nobody: at once, or behind the send that is under way.
import type { TlsEngine } from "../../host/tls/index.js";
import { brokenError, type Direction } from "../../sockets/index.js";

/** How many bytes may wait. */
const most = 65536;

/** A TLS socket, as far as what is posted knows it. */
interface Poster {
  readonly engine: TlsEngine;
  readonly outgoing: Direction;
  checkOutgoing(syscall: string): void;
  passOn(): void;
}

export class Posted {
  private readonly tls: Poster;
  private list: Uint8Array[] = [];
  private length = 0;

  constructor(tls: Poster) {
    this.tls = tls;
  }

  post(bytes: Uint8Array, syscall: string): void {
    const { outgoing } = this.tls;
    this.tls.checkOutgoing(syscall);
    this.list.push(bytes);
    this.length += bytes.length;
    if (!outgoing.isUsed) this.flush();
    else if (this.length > most) {
      outgoing.break();
      throw brokenError(syscall);
    }
  }

  /** Nobody sends any more. */
  flush(): void {
    const { list, tls } = this;
    if (list.length === 0) return;
    this.list = [];
    this.length = 0;
    if (tls.outgoing.state !== "open") return;
    tls.engine.encrypt(list);
    tls.passOn();
  }
}
