// Raw node:net, with events and callbacks: the floor. Sends go one after the other, as everywhere here: a
// write's callback says that the kernel has the bytes.
import { once, setMaxListeners } from "node:events";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Contestants, Meter } from "../../contestant.js";
import {
  connectionCount,
  messageSize,
  sendSize,
  type Service,
  withFullBacklog,
  withPath,
  withServer,
} from "../serverProcess.js";
import { contestants as datagrams } from "./datagrams.js";
import { contestants as http } from "./http.js";
import { contestants as protocols } from "./protocols.js";
import { makeServer } from "./services.js";

export const contestants: Contestants = {
  ...http,
  ...protocols,
  ...datagrams,
  roundtrip: (n, meter) => inOneProcess("echo", (path) => roundTrips(path, 1, n, meter)),
  roundtrip2p: (n, meter) => inTwoProcesses("echo", (path) => roundTrips(path, 1, n, meter)),
  roundtrip100: (n, meter) =>
    inOneProcess("echo", (path) => roundTrips(path, connectionCount, n, meter)),
  roundtrip1002p: (n, meter) =>
    inTwoProcesses("echo", (path) => roundTrips(path, connectionCount, n, meter)),
  throughput: (n, meter) => inOneProcess("sink", (path) => sends(path, n, meter)),
  throughput2p: (n, meter) => inTwoProcesses("sink", (path) => sends(path, n, meter)),
  tcpRoundtrip: (n, meter) => tcpRoundTrips(n, meter),
  connect: (n, meter) => inOneProcess("close", (path) => connects(path, n, meter)),
  connect2p: (n, meter) => inTwoProcesses("close", (path) => connects(path, n, meter)),

  abort: (n, meter) =>
    withFullBacklog(async (path) => {
      let aborted = 0;
      const controller = new AbortController();
      setMaxListeners(0, controller.signal); // each attempt has one or two, on purpose
      const attempts = Array.from({ length: n }, async () => {
        try {
          (await connectPatiently(path, controller.signal)).destroy();
        } catch (error) {
          if (!controller.signal.aborted) throw error;
          aborted += 1;
        }
      });
      await sleep(100);
      meter.start();
      controller.abort();
      await Promise.all(attempts);
      meter.stop();
      return aborted;
    }),
};

type Client = (path: string) => Promise<number>;

function inOneProcess(service: Service, client: Client): Promise<number> {
  return withPath(async (path) => {
    const server: Server = makeServer(service);
    server.listen({ path, backlog: 128 });
    await once(server, "listening");
    const result = await client(path);
    server.close();
    await once(server, "close");
    return result;
  });
}

function inTwoProcesses(service: Service, client: Client): Promise<number> {
  return withServer("node", service, client);
}

async function roundTrips(
  path: string,
  connections: number,
  n: number,
  meter: Meter,
): Promise<number> {
  const sockets = Array.from({ length: connections }, () => connect(path));
  return dialogues(sockets, n, meter);
}

async function tcpRoundTrips(n: number, meter: Meter): Promise<number> {
  const server = makeServer("echo", { noDelay: true });
  server.listen({ host: "127.0.0.1", port: 0, backlog: 128 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const right = await dialogues([connect({ host: "127.0.0.1", port, noDelay: true })], n, meter);
  server.close();
  await once(server, "close");
  return right;
}

async function dialogues(sockets: readonly Socket[], n: number, meter: Meter): Promise<number> {
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  meter.start();
  const right = await Promise.all(sockets.map((socket) => dialogue(socket, n / sockets.length)));
  meter.stop();
  await Promise.all(
    sockets.map((socket) => {
      socket.end();
      return once(socket, "close");
    }),
  );
  return right.reduce((a, b) => a + b);
}

function dialogue(socket: Socket, n: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const message = Buffer.alloc(messageSize);
    const answer = Buffer.alloc(messageSize);
    let [i, have, right] = [0, 0, 0];
    const ask = (): void => {
      message.writeUInt32LE(i);
      socket.write(message);
    };
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      have += chunk.copy(answer, have);
      if (have < messageSize) return;
      have = 0;
      if (answer.readUInt32LE() === i) right += 1;
      i += 1;
      if (i < n) ask();
      else resolve(right);
    });
    ask();
  });
}

async function sends(path: string, n: number, meter: Meter): Promise<number> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, "connect");
  const bytes = Buffer.alloc(sendSize, "x");
  meter.start();
  let left = n;
  const more = (): void => {
    left -= 1;
    if (left < 0) socket.end();
    else socket.write(bytes, more);
  };
  more();
  const [total] = (await once(socket, "data")) as [Buffer];
  meter.stop();
  await once(socket, "close");
  return total.readDoubleLE() / sendSize;
}

function connects(path: string, n: number, meter: Meter): Promise<number> {
  return new Promise((resolve, reject) => {
    let closed = 0;
    const next = (): void => {
      if (closed === n) {
        meter.stop();
        resolve(closed);
        return;
      }
      const socket = connect(path);
      socket.on("error", reject);
      socket.on("end", () => {
        closed += 1;
        socket.destroy();
      });
      socket.on("close", next);
      socket.resume();
    };
    meter.start();
    next();
  });
}

/** Node says EAGAIN at once when a backlog is full, and never when there is room again. */
async function connectPatiently(path: string, signal: AbortSignal): Promise<Socket> {
  while (true) {
    const socket = connect({ path, signal });
    try {
      await once(socket, "connect", { signal });
      return socket;
    } catch (error) {
      socket.destroy();
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
    await sleep(10, undefined, { signal });
  }
}
