// A proxy between two socket files: passes bytes on both ways as they come, with the ends of each direction,
// and holds a fast side back while the other one is slow. A session in which nothing moves for a while ends.
// On SIGINT or SIGTERM it accepts nobody any more, gives the sessions a grace period, and cancels what is left.
// In a clone, run it with: node build/examples/proxy/main.js /tmp/front.ipc /tmp/back.ipc
import {
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  copyBidirectional,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcListen,
  type IpcSocket,
  isErrno,
  main,
  msleep,
  now,
} from "libdill-ts";

const [front = "/tmp/front.ipc", back = "/tmp/back.ipc"] = process.argv.slice(2);
const idle = 60_000;
const grace = 500;

function* session(client: IpcSocket): Coroutine {
  try {
    const server = yield* ipcConnect(back, now() + 1000);
    try {
      yield* copyBidirectional(client, server, -1, { idle });
    } finally {
      hclose(server);
    }
  } finally {
    hclose(client);
  }
}

function* finish(sessions: Bundle): Coroutine {
  try {
    yield* bundleWait(sessions, now() + grace);
  } catch (error) {
    if (!isErrno(error, "ETIMEDOUT")) throw error;
    console.log("the grace period is over");
  } finally {
    hclose(sessions);
  }
}

await main(
  function* () {
    const ls = yield* ipcListen(front, 511, { unlinkStale: true });
    const sessions = bundle({
      onError: (error) => console.error(`a session ended: ${String(error)}`),
    });
    console.log(`listening on ${front}`);
    try {
      for (;;) {
        try {
          bundleGo(sessions, session(yield* ipcAccept(ls, -1)));
        } catch (error) {
          if (!isErrno(error, "EMFILE", "ENFILE")) throw error;
          console.error(`${error.message}: clients are turned away`);
          yield* msleep(now() + 100);
        }
      }
    } finally {
      hclose(ls);
      yield* finish(sessions);
    }
  },
  { grace: 2 * grace },
);
