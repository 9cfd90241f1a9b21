// What is sent on behalf of somebody who does not send: an answer to a ping, the end of a protocol.
import { dillError } from "../errors/index.js";
import type { HostSocket } from "../host/index.js";
import type { Direction } from "./direction.js";

/** How many bytes may wait. A peer that asks for more and does not read it is cut off. */
const mostWaiting = 65536;

export class Posts {
  private readonly socket: HostSocket;
  private readonly direction: Direction;
  /** Behind the send that is under way. */
  private waiting: Uint8Array[] = [];
  /** How many bytes wait, here or at the host. */
  private length = 0;

  constructor(socket: HostSocket, direction: Direction) {
    this.socket = socket;
    this.direction = direction;
  }

  post(bytes: Uint8Array, syscall: string): void {
    this.direction.checkOpen(syscall);
    if (this.length + bytes.length > mostWaiting) {
      this.direction.break();
      const message = "the peer asks for answers and does not read them";
      throw dillError("ECONNRESET", syscall, { message });
    }
    if (this.direction.user === null) this.write(bytes);
    else {
      this.waiting.push(bytes);
      this.length += bytes.length;
    }
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** The send that was under way has ended. */
  flush(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const bytes of waiting) {
      this.length -= bytes.length;
      if (this.direction.state === "open") this.write(bytes);
    }
  }

  /** The kernel has all that the host had. */
  written(): void {
    this.length = this.waiting.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  private write(bytes: Uint8Array): void {
    if (!this.socket.write(bytes)) this.length += bytes.length;
  }
}
