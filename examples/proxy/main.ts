// A proxy between two socket files: passes bytes on both ways as they come, with the ends of each direction,
// and holds a fast side back while the other one is slow. A session in which nothing moves for a while ends.
// On SIGINT or SIGTERM it accepts nobody any more, gives the sessions a grace period, and cancels what is left.
// In a clone, run it with: node build/examples/proxy/main.js /tmp/front.ipc /tmp/back.ipc
import {
  copyBidirectional,
  type Coroutine,
  hclose,
  ipcConnect,
  ipcListen,
  type IpcSocket,
  isErrno,
  main,
  now,
  serve,
} from "libdill-ts";

const [front = "/tmp/front.ipc", back = "/tmp/back.ipc"] = process.argv.slice(2);
const idle = 60_000;
const grace = 500;

function* session(client: IpcSocket): Coroutine {
  const server = yield* ipcConnect(back, now() + 1000);
  try {
    yield* copyBidirectional(client, server, -1, { idle });
  } catch (error) {
    if (isErrno(error, "ECANCELED")) console.log("a session was cut short");
    throw error;
  } finally {
    hclose(server);
  }
}

await main(
  function* () {
    const ls = yield* ipcListen(front, 511, { unlinkStale: true });
    console.log(`listening on ${front}`);
    try {
      yield* serve(ls, session, {
        onError: (error) => console.error(`a session ended: ${String(error)}`),
      });
    } finally {
      hclose(ls);
    }
  },
  { grace },
);
