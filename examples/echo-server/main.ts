// An echo server over TCP with a grace: on SIGINT or SIGTERM it accepts nobody any more and says goodbye to its clients.
// A client that does not take the goodbye is dropped after half a second.
// In a clone, run it with: node build/examples/echo-server/main.js 5555, and talk to it with: nc localhost 5555
import {
  brecvSome,
  bsend,
  type Coroutine,
  hclose,
  ipaddrLocal,
  isErrno,
  main,
  now,
  serve,
  signalOf,
  tcpListen,
  tcpLocal,
  tcpPeer,
  type TcpSocket,
} from "libdill-ts";

const port = Number(process.argv[2] ?? 5555);
const patience = 500;

function* echo(s: TcpSocket): Coroutine {
  const buffer = Buffer.alloc(65536);
  console.log(`a client from ${tcpPeer(s).address}`);
  try {
    try {
      for (;;) {
        const bytes = yield* brecvSome(s, buffer, now() + 60_000);
        yield* bsend(s, bytes, now() + 1000);
      }
    } catch (e) {
      if (!isErrno(e, "ECANCELED")) throw e;
      yield* bsend(s, Buffer.from("goodbye\n"), now() + patience); // which fails if a send was cut short
    }
  } catch (e) {
    if (!isErrno(e, "EPIPE", "ECONNRESET", "ETIMEDOUT")) throw e; // a client's fault is no fault of ours
  } // serve closes the socket, and what was sent arrives
}

await main(
  function* () {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", port), 511);
    signalOf().addEventListener("abort", () => console.log("shutting down"));
    console.log(`listening on ${tcpLocal(ls).port}`);
    try {
      yield* serve(ls, echo, {
        onError: (error) => console.error("a client failed:", error),
        tellAfter: 0,
      });
    } finally {
      hclose(ls);
      console.log("bye");
    }
  },
  { grace: patience },
);
