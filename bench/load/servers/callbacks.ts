// node:net with events and callbacks: node callbacks.js <path> <service> <backlog>
import { createServer, type Socket } from "node:net";
import { makeReply, requestSize, tellOfGarbage } from "../service.js";

const [path = "", service, backlog] = process.argv.slice(2);

tellOfGarbage();
const server = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  if (service === "echo") echo(socket);
  else reply(socket);
});
server.listen({ path, backlog: Number(backlog) }, () => console.log("ready"));

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
