// Others that speak WebSocket: npm's ws, and websockets for Python, which is Debian's.
import { existsSync } from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { type OtherProcess, startProcess } from "./process.js";

/** Of npm's ws, compressed as ours is told to. */
export interface PeerOptions {
  readonly deflate?: boolean;
  readonly protocols?: readonly string[];
}

export interface EchoServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startWsServer({
  deflate = false,
  protocols,
}: PeerOptions = {}): Promise<EchoServer> {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    perMessageDeflate: deflate ? { threshold: 0 } : false,
    ...(protocols === undefined
      ? {}
      : { handleProtocols: (offered) => protocols.find((each) => offered.has(each)) ?? false }),
  });
  await once(server, "listening");
  server.on("connection", (socket) => {
    socket.on("error", () => {}); // of what a test sends on purpose
    socket.on("message", (data: Buffer, isBinary: boolean) =>
      socket.send(data, { binary: isBinary }),
    );
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const client of server.clients) client.terminate();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

/** A client that sends back what it receives. */
export function dialWithWs(port: number, { deflate = false }: PeerOptions = {}): void {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`, {
    perMessageDeflate: deflate ? { threshold: 0 } : false,
  });
  socket.on("error", () => {}); // of what a test sends on purpose
  socket.on("message", (data: Buffer, isBinary: boolean) =>
    socket.send(data, { binary: isBinary }),
  );
}

const python = "/usr/bin/python3";

/** Starts a program with Debian's Python, which has websockets. */
export function startWebsockets(program: string, ...args: readonly string[]): OtherProcess {
  const module = "/usr/lib/python3/dist-packages/websockets";
  if (!existsSync(python) || !existsSync(module)) {
    throw new Error("websockets for Python is missing: apt-get install python3-websockets");
  }
  return startProcess(python, ["-I", "-c", prelude + program, ...args]);
}

const prelude = `
import asyncio, logging, sys, websockets
logging.disable(logging.CRITICAL)
options = dict(max_size=None, close_timeout=1, ping_interval=None)
async def echo(ws, path=None):
    try:
        async for message in ws:
            await ws.send(message)
    except websockets.ConnectionClosed:
        pass
`;

/** Says its port, and serves. */
export const pythonServer = `
async def main():
    compression = "deflate" if sys.argv[1] == "deflate" else None
    async with websockets.serve(echo, "127.0.0.1", 0, compression=compression, subprotocols=["chat"], **options) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())
`;

/** Connects to each port that is said. */
export const pythonDialer = `
async def dial(port):
    try:
        compression = "deflate" if sys.argv[1] == "deflate" else None
        async with websockets.connect(f"ws://127.0.0.1:{port}/echo", compression=compression, **options) as ws:
            await echo(ws)
    except (OSError, websockets.WebSocketException, EOFError):
        pass
async def main():
    loop = asyncio.get_running_loop()
    running = set()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = asyncio.create_task(dial(line.strip()))
        running.add(task)
        task.add_done_callback(running.discard)
asyncio.run(main())
`;
