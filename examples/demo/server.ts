// The other process of the demonstration: greets whoever connects, until it is told to end.
import {
  brecv,
  bsend,
  type Coroutine,
  hclose,
  ipcListen,
  type IpcSocket,
  isErrno,
  main,
  now,
  serve,
} from "libdill-ts";

const [path = "", backlog = "10"] = process.argv.slice(2);

function* greet(s: IpcSocket): Coroutine {
  try {
    const name = yield* brecv(s, 5, now() + 1000);
    yield* bsend(s, Buffer.from(`hello ${name.toString()}`), now() + 1000);
  } catch (e) {
    if (!isErrno(e, "EPIPE", "ECONNRESET", "ETIMEDOUT")) throw e; // the client's fault, not ours
  }
}

await main(function* () {
  const ls = yield* ipcListen(path, Number(backlog));
  try {
    yield* serve(ls, greet);
  } finally {
    hclose(ls);
  }
});
