// node:net with async/await, a socket's own iterator and promises: node async.js <carrier> <path> <service> <backlog>
import { once } from "node:events";
import type { Socket } from "node:net";
import { listen, makeReply, readOrder, requestSize, tellOfGarbage } from "../service.js";

const order = readOrder();

tellOfGarbage();
listen(order, (socket) => {
  const served = order.service === "echo" ? echo(socket) : reply(socket);
  served.catch(() => socket.destroy());
});

async function echo(socket: Socket): Promise<void> {
  for await (const chunk of socket) await send(socket, chunk as Buffer);
}

async function reply(socket: Socket): Promise<void> {
  for await (const request of requests(socket)) await send(socket, makeReply(request));
}

async function* requests(socket: Socket): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (; rest.length >= requestSize; rest = rest.subarray(requestSize)) {
      yield rest.subarray(0, requestSize);
    }
  }
}

async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, "drain");
}
