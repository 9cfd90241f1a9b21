// The least that a coroutine for each connection costs on node:net: a generator, bytes in exact numbers, one list of
// those that are ready. No handles, deadlines, cancellation or turns:
// node floor.js <carrier> <path> <service> <backlog>
import type { Socket } from "node:net";
import { listen, makeReply, readOrder, requestSize, tellOfGarbage } from "../service.js";

const order = readOrder();

tellOfGarbage();
listen(order, (socket) => new Connection(socket));

let ready: Connection[] = [];

function enqueue(connection: Connection): void {
  if (ready.push(connection) === 1) queueMicrotask(drain);
}

function drain(): void {
  const now = ready;
  ready = [];
  for (const { body } of now) body.next();
}

class Connection {
  readonly body: Generator<void, void>;
  private readonly socket: Socket;
  private inbox: Buffer | null = null;
  private isWaiting = false;

  constructor(socket: Socket) {
    this.socket = socket;
    this.body = serve(this);
    socket.on("error", () => socket.destroy());
    socket.on("drain", () => enqueue(this));
    socket.on("data", (chunk) => {
      this.inbox = this.inbox === null ? chunk : Buffer.concat([this.inbox, chunk]);
      if (this.isWaiting) enqueue(this);
    });
    this.body.next();
  }

  /** Whether the target was filled; if not, the coroutine has to wait. */
  fill(target: Buffer): boolean {
    const { inbox } = this;
    this.isWaiting = inbox === null || inbox.length < target.length;
    if (inbox === null || this.isWaiting) return false;
    inbox.copy(target);
    this.inbox = inbox.length === target.length ? null : inbox.subarray(target.length);
    return true;
  }

  /** Whether the kernel has taken all; if not, the coroutine has to wait. */
  send(bytes: Buffer): boolean {
    return this.socket.write(bytes) || this.socket.writableLength === 0;
  }
}

function* serve(connection: Connection): Generator<void, void> {
  const request = Buffer.alloc(requestSize);
  while (true) {
    while (!connection.fill(request)) yield;
    if (!connection.send(order.service === "echo" ? request : makeReply(request))) yield;
  }
}
