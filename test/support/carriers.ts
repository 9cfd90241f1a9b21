// What carries bytes, so that one suite runs over all of it.
import {
  type Bytestream,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcClose,
  ipcConnect,
  ipcDone,
  ipcListen,
  type IpcListener,
  ipcPair,
  type IpcSocket,
  ipaddrLocal,
  type Operation,
  tcpAccept,
  tcpClose,
  tcpConnect,
  tcpDone,
  tcpListen,
  type TcpListener,
  tcpLocal,
  type TcpSocket,
} from "libdill-ts";
import { socketPath } from "./tempDir.js";

/** A protocol whose sockets are bytestreams. */
export interface Carrier<S extends Bytestream = Bytestream, L = unknown> {
  readonly name: string;
  /** What errors of its functions begin with: `ipc_accept` has "ipc". */
  readonly prefix: string;
  /** Two ends of one connection. */
  pair(): Coroutine<[S, S]>;
  /** A listener, and what connects to it. */
  listen(backlog?: number): Coroutine<{ ls: L; connect: (deadline: number) => Operation<S> }>;
  accept(ls: L, deadline: number): Operation<S>;
  done(s: S, deadline: number): Operation<void>;
  close(s: S | L, deadline: number): Operation<void>;
}

export const ipc: Carrier<IpcSocket, IpcListener> = {
  name: "ipc",
  prefix: "ipc",
  *pair() {
    return yield* ipcPair();
  },
  *listen(backlog = 10) {
    const path = socketPath();
    const ls = yield* ipcListen(path, backlog);
    return { ls, connect: (deadline) => ipcConnect(path, deadline) };
  },
  accept: ipcAccept,
  done: ipcDone,
  close: ipcClose,
};

function tcpOver(name: string, address: string): Carrier<TcpSocket, TcpListener> {
  const carrier: Carrier<TcpSocket, TcpListener> = {
    name,
    prefix: "tcp",
    *pair() {
      const { ls, connect } = yield* carrier.listen();
      const a = yield* connect(-1);
      const b = yield* tcpAccept(ls, -1);
      hclose(ls);
      return [a, b];
    },
    *listen(backlog = 10) {
      const ls = yield* tcpListen(ipaddrLocal(address, 0), backlog);
      const addr = tcpLocal(ls);
      return { ls, connect: (deadline) => tcpConnect(addr, deadline) };
    },
    accept: tcpAccept,
    done: tcpDone,
    close: tcpClose,
  };
  return carrier;
}

export const tcp: Carrier<TcpSocket, TcpListener> = tcpOver("tcp", "127.0.0.1");
export const tcp6: Carrier<TcpSocket, TcpListener> = tcpOver("tcp over IPv6", "::1");

/** A suite, once for each carrier. The handles of a carrier go to its own functions only. */
export function overCarriers(title: string, suite: (carrier: Carrier) => void): void {
  const carriers: readonly unknown[] = [ipc, tcp];
  for (const carrier of carriers as readonly Carrier[]) {
    describe(`${title}, over ${carrier.name}`, () => suite(carrier));
  }
}
