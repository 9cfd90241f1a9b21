// Which pings are answered: each one, unless very many come in one turn of the event loop. Then the last of them is answered when
// the turn is over, as RFC 6455 allows (section 5.5.3), because nothing is sent before that, and a peer that reads all the
// time must not be taken for one that does not read.
import { host } from "../../host/index.js";

/** How many of a turn are answered one by one. */
const most = 16;

export class Pongs {
  private readonly answer: (payload: Buffer) => void;
  private count = 0;
  private last: Buffer | null = null;
  private isStopped = false;

  constructor(answer: (payload: Buffer) => void) {
    this.answer = answer;
  }

  pinged(payload: Buffer): void {
    if (this.count === 0) host.macrotask(() => this.turnEnds());
    this.count += 1;
    if (this.count <= most) this.answer(payload);
    else this.last = payload;
  }

  private turnEnds(): void {
    const { last } = this;
    this.count = 0;
    this.last = null;
    if (last !== null && !this.isStopped) this.answer(last);
  }

  stop(): void {
    this.isStopped = true;
  }
}
