// A greeting server with a grace period: on SIGINT or SIGTERM it accepts nobody any more, lets the
// dialogues under way go on for half a second, and cancels what is left then.
// Run it with: node build/examples/greeting-server/main.js /tmp/greet.ipc
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  chdone,
  chmake,
  choose,
  type Coroutine,
  go,
  hclose,
  ipcAccept,
  type IpcListener,
  type IpcSocket,
  ipcListen,
  isErrno,
  now,
  run,
  type Channel,
  chsend,
} from "libdill-ts";

const path = process.argv[2] ?? "/tmp/greet.ipc";
const grace = 500;

function* dialogue(s: IpcSocket): Coroutine {
  try {
    const name = yield* brecv(s, 5, -1);
    yield* bsend(s, Buffer.from(`hello ${name.toString()}`), now() + 1000);
    console.log(`greeted ${name.toString()}`);
  } catch (e) {
    if (isErrno(e, "ECANCELED")) console.log("a dialogue was cut short");
    if (!isErrno(e, "EPIPE", "ECONNRESET", "ETIMEDOUT")) throw e; // a client's fault is no fault of ours
  } finally {
    hclose(s);
  }
}

/** Passes connections on, so that the main coroutine can wait for them and for the signal. */
function* accept(ls: IpcListener, connections: Channel<IpcSocket>): Coroutine {
  while (true) {
    const s = yield* ipcAccept(ls, -1);
    try {
      yield* chsend(connections, s, -1);
    } catch (e) {
      hclose(s);
      throw e;
    }
  }
}

await run(
  (function* () {
    const [quit, quitting] = chmake<never>();
    const [connections, accepted] = chmake<IpcSocket>();
    const onSignal = (): void => chdone(quit);
    process.once("SIGINT", onSignal).once("SIGTERM", onSignal);

    const ls = yield* ipcListen(path, 64);
    const acceptor = go(accept(ls, connections));
    const dialogues = bundle();
    console.log(`listening on ${path}`);
    try {
      try {
        while (true) {
          const next = yield* choose(
            [
              { op: "recv", ch: accepted },
              { op: "recv", ch: quitting },
            ],
            -1,
          );
          if (next.index !== 0 || next.error !== undefined) break;
          bundleGo(dialogues, dialogue(next.value));
        }
      } finally {
        hclose(acceptor);
        hclose(ls);
      }
      console.log("shutting down");
      yield* bundleWait(dialogues, now() + grace);
    } catch (e) {
      if (!isErrno(e, "ETIMEDOUT")) throw e;
    } finally {
      hclose(dialogues);
    }
    console.log("bye");
  })(),
);
