// What a node:net server does with its connections.
import { createServer, type Server, type ServerOpts, type Socket } from "node:net";
import type { Service } from "../serverProcess.js";

export function makeServer(service: Service, options: ServerOpts = {}): Server {
  return createServer({ ...options, allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    if (service === "close") socket.destroy();
    else if (service === "echo") echo(socket);
    else sink(socket);
  });
}

function echo(socket: Socket): void {
  socket.on("data", (chunk) => {
    if (!socket.write(chunk)) {
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
  socket.on("end", () => socket.end());
}

/** Counts the bytes and says at the end how many came. */
function sink(socket: Socket): void {
  let total = 0;
  socket.on("data", (chunk) => {
    total += chunk.length;
  });
  socket.on("end", () => {
    const message = Buffer.alloc(8);
    message.writeDoubleLE(total);
    socket.end(message);
  });
}
