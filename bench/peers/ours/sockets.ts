// libdill-ts over local sockets.
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Bytestream,
  type Coroutine,
  go,
  hclose,
  ipaddrLocal,
  ipcConnect,
  ipcDone,
  ipcListen,
  type IpcSocket,
  isErrno,
  msleep,
  now,
  run,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpLocal,
} from "libdill-ts";
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
import { dialogue, serve } from "./services.js";

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
  tcpRoundtrip: (n, meter) => run(tcpRoundTrips(n, meter)),
  connect: (n, meter) => inOneProcess("close", (path) => connects(path, n, meter)),
  connect2p: (n, meter) => inTwoProcesses("close", (path) => connects(path, n, meter)),

  abort: (n, meter) =>
    withFullBacklog((path) =>
      run(
        (function* () {
          let aborted = 0;
          const b = bundle();
          for (let i = 0; i < n; i++) {
            bundleGo(
              b,
              (function* () {
                try {
                  hclose(yield* ipcConnect(path, -1));
                } catch (e) {
                  if (isErrno(e, "ECANCELED")) aborted += 1;
                  throw e;
                }
              })(),
            );
          }
          yield* msleep(now() + 100);
          meter.start();
          hclose(b);
          meter.stop();
          return aborted;
        })(),
      ),
    ),
};

type Client = (path: string) => Coroutine<number>;

function inOneProcess(service: Service, client: Client): Promise<number> {
  return withPath((path) =>
    run(
      (function* () {
        const ls = yield* ipcListen(path, 128);
        const server = go(serve(ls, service));
        const result = yield* client(path);
        hclose(server);
        hclose(ls);
        return result;
      })(),
    ),
  );
}

function inTwoProcesses(service: Service, client: Client): Promise<number> {
  return withServer("ours", service, (path) => run(client(path)));
}

function* roundTrips(
  path: string,
  connections: number,
  n: number,
  meter: Meter,
): Coroutine<number> {
  const sockets: IpcSocket[] = [];
  while (sockets.length < connections) sockets.push(yield* ipcConnect(path, -1));
  return yield* dialogues(sockets, n, meter);
}

function* tcpRoundTrips(n: number, meter: Meter): Coroutine<number> {
  const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 128);
  const s = yield* tcpConnect(tcpLocal(ls), -1);
  const server = go(dialogue(yield* tcpAccept(ls, -1), "echo"));
  const right = yield* dialogues([s], n, meter);
  hclose(server);
  hclose(ls);
  return right;
}

function* dialogues(sockets: readonly Bytestream[], n: number, meter: Meter): Coroutine<number> {
  let right = 0;
  function* client(s: Bytestream): Coroutine {
    const message = Buffer.alloc(messageSize);
    const answer = Buffer.alloc(messageSize);
    for (let i = 0; i < n / sockets.length; i++) {
      message.writeUInt32LE(i);
      yield* bsend(s, message, -1);
      yield* brecv(s, answer, -1);
      if (answer.readUInt32LE() === i) right += 1;
    }
  }
  const b = bundle();
  meter.start();
  for (const s of sockets) bundleGo(b, client(s));
  yield* bundleWait(b, -1);
  meter.stop();
  for (const h of [b, ...sockets]) hclose(h);
  return right;
}

function* sends(path: string, n: number, meter: Meter): Coroutine<number> {
  const s = yield* ipcConnect(path, -1);
  const bytes = Buffer.alloc(sendSize, "x");
  meter.start();
  for (let i = 0; i < n; i++) yield* bsend(s, bytes, -1);
  yield* ipcDone(s, -1);
  const total = (yield* brecv(s, 8, -1)).readDoubleLE();
  meter.stop();
  hclose(s);
  return total / sendSize;
}

/** The server closes; that the client sees the end shows that it was accepted. */
function* connects(path: string, n: number, meter: Meter): Coroutine<number> {
  let closed = 0;
  const one = Buffer.alloc(1);
  meter.start();
  for (let i = 0; i < n; i++) {
    const s = yield* ipcConnect(path, -1);
    try {
      yield* brecv(s, one, -1);
    } catch (e) {
      if (!isErrno(e, "EPIPE")) throw e;
      closed += 1;
    }
    hclose(s);
  }
  meter.stop();
  return closed;
}
