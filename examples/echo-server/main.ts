// An echo server over TCP with a grace: on SIGINT or SIGTERM it accepts nobody any more and says goodbye to its clients.
// A client that does not take the goodbye is dropped after half a second.
// In a clone, run it with: node build/examples/echo-server/main.js 5555, and talk to it with: nc localhost 5555
import {
  brecvSome,
  bsend,
  bundle,
  bundleClose,
  bundleGo,
  type Coroutine,
  hclose,
  ipaddrLocal,
  isErrno,
  main,
  now,
  tcpAccept,
  tcpListen,
  tcpLocal,
  tcpPeer,
  type TcpSocket,
} from "libdill-ts";

const port = Number(process.argv[2] ?? 5555);
const patience = 500;

function* echo(s: TcpSocket): Coroutine {
  const buffer = Buffer.alloc(65536);
  try {
    for (;;) {
      const bytes = yield* brecvSome(s, buffer, now() + 60_000);
      yield* bsend(s, bytes, now() + 1000);
    }
  } catch (e) {
    if (isErrno(e, "ECANCELED")) yield* bsend(s, Buffer.from("goodbye\n"), now() + patience);
    else if (!isErrno(e, "EPIPE", "ECONNRESET", "ETIMEDOUT")) throw e; // a client's fault is no fault of ours
  } finally {
    hclose(s); // what was sent arrives
  }
}

await main(
  function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", port), 511);
    const clients = bundle({ onError: (error) => console.error("a client failed:", error) });
    console.log(`listening on ${tcpLocal(ls).port}`);
    try {
      for (;;) {
        const s = yield* tcpAccept(ls, -1);
        console.log(`a client from ${tcpPeer(s).address}`);
        bundleGo(clients, echo(s));
      }
    } finally {
      hclose(ls);
      console.log("shutting down");
      yield* bundleClose(clients, now() + patience);
      console.log("bye");
    }
  },
  { grace: 2 * patience },
);
