// node:net with events and callbacks: node callbacks.js <carrier> <path> <service> <backlog>
import type { Socket } from "node:net";
import { listen, makeReply, readOrder, requestSize, tellOfGarbage } from "../service.js";

const order = readOrder();

tellOfGarbage();
listen(order, (socket) => {
  socket.on("error", () => socket.destroy());
  if (order.service === "echo") echo(socket);
  else reply(socket);
});

function echo(socket: Socket): void {
  socket.on("data", (chunk) => {
    if (!socket.write(chunk)) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
}

/** A client that does not read its replies gets no more of them. */
function reply(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  const answer = (): void => {
    while (rest.length >= requestSize) {
      const request = rest.subarray(0, requestSize);
      rest = rest.subarray(requestSize);
      if (!socket.write(makeReply(request))) {
        socket.pause();
        socket.once("drain", () => {
          socket.resume();
          answer();
        });
        return;
      }
    }
  };
  socket.on("data", (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    answer();
  });
}
