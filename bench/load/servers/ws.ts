// npm's ws on node:http, with events, as its authors show it; without compression: node ws.js <carrier> <path> wsEcho <backlog>
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { listenWith, readOrder, tellOfGarbage } from "../service.js";

tellOfGarbage();
const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data: Buffer, isBinary) => socket.send(data, { binary: isBinary }));
});
listenWith(http, readOrder());
