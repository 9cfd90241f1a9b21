// A proxy between two socket files: passes bytes on both ways as they come, with the ends of each direction,
// and holds a fast side back while the other one is slow. A session in which nothing moves for a while ends.
// On SIGINT or SIGTERM it accepts nobody any more, gives the sessions a grace period, and cancels what is left.
// In a clone, run it with: node build/examples/proxy/main.js /tmp/front.ipc /tmp/back.ipc
import {
  brecvSome,
  bsend,
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcDone,
  ipcListen,
  type IpcSocket,
  isErrno,
  main,
  msleep,
  now,
} from "libdill-ts";

const [front = "/tmp/front.ipc", back = "/tmp/back.ipc"] = process.argv.slice(2);
const patience = 60_000;
const grace = 500;

/** Passes on what comes, and then that nothing more will. */
function* copy(from: IpcSocket, to: IpcSocket): Coroutine {
  try {
    const buffer = Buffer.alloc(65_536);
    for (;;) yield* bsend(to, yield* brecvSome(from, buffer, now() + patience), now() + patience);
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
    yield* ipcDone(to, -1);
  }
}

function* session(client: IpcSocket): Coroutine {
  const both = bundle();
  let server: IpcSocket | undefined;
  try {
    server = yield* ipcConnect(back, now() + 1000);
    bundleGo(both, copy(client, server));
    bundleGo(both, copy(server, client));
    yield* bundleWait(both, -1);
  } catch (error) {
    // The two of them, or a lack of descriptors: no fault of the proxy's. An error of one direction has canceled
    // the other one.
    if (isErrno(error, "ECANCELED")) throw error;
    console.error(`a session ended: ${String(error)}`);
  } finally {
    hclose(both);
    if (server !== undefined) hclose(server);
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
    const sessions = bundle();
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
