// What carries bytes, so that one suite runs over all of it.
import {
  bsend,
  type Bytestream,
  type Handle,
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
import { codeOrNone } from "./failure.js";
import { type OtherProcess, startPython } from "./process.js";
import { socketPath } from "./tempDir.js";

interface Listening<S, L> {
  readonly ls: L;
  /** For programs in other languages: `pythonDial` takes it. */
  readonly where: string;
  connect(deadline: number): Operation<S>;
}

/** A protocol whose sockets are bytestreams. */
export interface Carrier<S extends Bytestream = Bytestream, L extends Handle = Handle> {
  readonly name: string;
  /** What errors of its functions begin with: `ipc_accept` has "ipc". */
  readonly prefix: string;
  /** Two ends of one connection. */
  pair(): Operation<[S, S]>;
  /** A listener, and what connects to it. */
  listen(backlog?: number): Operation<Listening<S, L>>;
  /** Connects to a listener of another program, of which `startPythonListener` says where it is. */
  dial(where: string, deadline: number): Operation<S>;
  accept(ls: L, deadline: number): Operation<S>;
  done(s: S, deadline: number): Operation<void>;
  close(s: S | L, deadline: number): Operation<void>;
}

const ipc: Carrier<IpcSocket, IpcListener> = {
  name: "ipc",
  prefix: "ipc",
  *pair() {
    return yield* ipcPair();
  },
  *listen(backlog = 10) {
    const path = socketPath();
    const ls = yield* ipcListen(path, backlog);
    return { ls, where: path, connect: (deadline) => ipcConnect(path, deadline) };
  },
  dial: ipcConnect,
  accept: ipcAccept,
  done: ipcDone,
  close: ipcClose,
};

export const tcp: Carrier<TcpSocket, TcpListener> = {
  name: "tcp",
  prefix: "tcp",
  *pair() {
    const { ls, connect } = yield* tcp.listen();
    const a = yield* connect(-1);
    const b = yield* tcpAccept(ls, -1);
    hclose(ls);
    return [a, b];
  },
  *listen(backlog = 10) {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), backlog);
    const addr = tcpLocal(ls);
    const where = `${addr.address} ${addr.port}`;
    return { ls, where, connect: (deadline) => tcpConnect(addr, deadline) };
  },
  dial(where, deadline) {
    const [address = "", port] = where.split(" ");
    return tcpConnect(ipaddrLocal(address, Number(port)), deadline);
  },
  accept: tcpAccept,
  done: tcpDone,
  close: tcpClose,
};

/** A suite, once for each carrier. The handles of a carrier go to its own functions only. */
export function overCarriers(
  title: string,
  suite: (this: Mocha.Suite, carrier: Carrier) => void,
): void {
  const carriers: readonly unknown[] = [ipc, tcp];
  for (const carrier of carriers as readonly Carrier[]) {
    describe(`${title}, over ${carrier.name}`, function () {
      suite.call(this, carrier);
    });
  }
}

/** Starts a Python program that has connected to a listener as `s`. */
export function startPythonAt(where: string, program: string): OtherProcess {
  return startPython(pythonDial + program, where);
}

const pythonDial = `
import socket, sys
if sys.argv[1].startswith("/"):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
else:
    s = socket.create_connection(sys.argv[1].split())
`;

/** Starts a Python program that listens as `l`, and returns where it does, once it does. */
export async function startPythonListener(
  { name }: Pick<Carrier, "name">,
  program: string,
): Promise<{ peer: OtherProcess; where: string }> {
  const peer = startPython(pythonListen + program, name === "ipc" ? socketPath() : "127.0.0.1 0");
  return { peer, where: (await peer.line()) ?? "" };
}

const pythonListen = `
import socket, sys
if sys.argv[1].startswith("/"):
    l = socket.socket(socket.AF_UNIX)
    l.bind(sys.argv[1])
    l.listen(10)
    print(sys.argv[1], flush=True)
else:
    l = socket.create_server(("127.0.0.1", 0))
    print(*l.getsockname(), flush=True)
`;

/**
 * Sends to a peer that has gone, until that fails. A local socket's first send does. Over TCP it only makes the peer's
 * kernel answer with a reset.
 */
export function* sendUntilItFails(s: Bytestream) {
  for (;;) {
    const code = yield* codeOrNone(bsend(s, Buffer.from("x"), 0));
    if (code !== "none") return code;
  }
}
