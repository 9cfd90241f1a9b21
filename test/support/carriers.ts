// What carries bytes, so that one suite runs over all of it.
import {
  brecv,
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
import {
  tlsAttachClient,
  tlsAttachServer,
  type TlsClientOptions,
  tlsContext,
  tlsDetach,
  tlsDone,
  type TlsSocket,
} from "libdill-ts/tls";
import { codeOrNone } from "./failure.js";
import { type OtherProcess, startPython } from "./process.js";
import { socketPath } from "./tempDir.js";
import { encryptWith, serving, trusting } from "./tlsPair.js";

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
  /** What goes over the wire is something else, in other portions, and ends in another way. */
  readonly isEncrypted: boolean;
  /** Whether Python can do it. */
  readonly hasPeers: boolean;
  /** Two ends of one connection. */
  pair(): Operation<[S, S]>;
  /** A listener, and what connects to it. */
  listen(backlog?: number): Operation<Listening<S, L>>;
  /** Connects to a listener of another program, of which `startPythonListener` says where it is. */
  dial(where: string, deadline: number): Operation<S>;
  accept(ls: L, deadline: number): Operation<S>;
  done(s: S | L, deadline: number): Operation<void>;
  close(s: S | L, deadline: number): Operation<void>;
}

const ipc: Carrier<IpcSocket, IpcListener> = {
  name: "ipc",
  prefix: "ipc",
  isEncrypted: false,
  hasPeers: true,
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
  isEncrypted: false,
  hasPeers: true,
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

/** TLS on top of a carrier. It has no accept and no close of its own: both are the carrier's, and a handshake or a detach. */
function tlsOver(beneath: Carrier): Carrier {
  // Peers of these suites just close what is beneath. That it is an error is another suite's matter.
  const allowTruncation = true;
  const client = (): TlsClientOptions => trusting({ allowTruncation });
  const context = onceMade(() => tlsContext(serving({ allowTruncation })));
  return {
    name: `tls(${beneath.name})`,
    prefix: "tls",
    isEncrypted: true,
    hasPeers: !beneath.isEncrypted,
    *pair() {
      const [c, s] = yield* encryptWith(yield* beneath.pair(), client(), context());
      // With the first byte come the server's tickets. Left unread, they would make an end a reset.
      yield* bsend(s, Buffer.from("x"), -1);
      yield* brecv(c, 1, -1);
      return [c, s];
    },
    *listen(backlog) {
      const { ls, where, connect } = yield* beneath.listen(backlog);
      return {
        ls,
        where: `tls ${where}`,
        *connect(deadline) {
          return yield* tlsAttachClient(yield* connect(deadline), client(), deadline);
        },
      };
    },
    *dial(where, deadline) {
      const s = yield* beneath.dial(where.replace("tls ", ""), deadline);
      return yield* tlsAttachClient(s, { ...client(), rejectUnauthorized: false }, deadline);
    },
    *accept(ls, deadline) {
      return yield* tlsAttachServer(yield* beneath.accept(ls, deadline), context(), deadline);
    },
    done: (s, deadline) => tlsDone(s as TlsSocket, deadline),
    *close(s, deadline) {
      yield* beneath.close(yield* tlsDetach(s as TlsSocket, deadline), deadline);
    },
  };
}

/** A suite, once for each protocol that comes from the kernel. The handles of a carrier go to its own functions only. */
export function overCarriers(
  title: string,
  suite: (this: Mocha.Suite, carrier: Carrier) => void,
): void {
  describeOver(carriers(), title, suite);
}

/** A suite, once for each protocol whose sockets carry bytes, also on top of others. */
export function overBytestreams(
  title: string,
  suite: (this: Mocha.Suite, carrier: Carrier) => void,
): void {
  const encrypted = encryptedCarriers();
  describeOver([...carriers(), ...encrypted, ...encrypted.slice(0, 1).map(tlsOver)], title, suite);
}

/** TLS, once on each protocol that comes from the kernel. */
export function encryptedCarriers(): readonly Carrier[] {
  return carriers().map(tlsOver);
}

function carriers(): readonly Carrier[] {
  const all: readonly unknown[] = [ipc, tcp];
  return all as readonly Carrier[];
}

function describeOver(
  list: readonly Carrier[],
  title: string,
  suite: (this: Mocha.Suite, carrier: Carrier) => void,
): void {
  for (const carrier of list) {
    describe(`${title}, over ${carrier.name}`, function () {
      suite.call(this, carrier);
    });
  }
}

function onceMade<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Starts a Python program that has connected to a listener as `s`. */
export function startPythonAt(where: string, program: string): OtherProcess {
  return startPython(pythonDial + program, where);
}

const pythonDial = `
import socket, ssl, sys
*layers, where = sys.argv[1].rsplit("tls ", 1) if "tls " in sys.argv[1] else [sys.argv[1]]
if where.startswith("/"):
    s = socket.socket(socket.AF_UNIX)
    s.connect(where)
else:
    s = socket.create_connection(where.split())
for layer in layers:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    s = context.wrap_socket(s)
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
