// A greeting server with a grace: on SIGINT or SIGTERM it accepts nobody any more, lets the dialogues that are
// under way go on for half a second, and cancels what is left then.
// In a clone, run it with: node build/examples/greeting-server/main.js /tmp/greet.ipc
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
  signalOf,
} from "libdill-ts";

const path = process.argv[2] ?? "/tmp/greet.ipc";
const patience = 500;

function* dialogue(s: IpcSocket): Coroutine {
  try {
    const name = yield* brecv(s, 5, -1);
    yield* bsend(s, Buffer.from(`hello ${name.toString()}`), now() + 1000);
    console.log(`greeted ${name.toString()}`);
  } catch (e) {
    if (isErrno(e, "ECANCELED")) console.log("a dialogue was cut short");
    if (!isErrno(e, "EPIPE", "ECONNRESET", "ETIMEDOUT")) throw e; // a client's fault is no fault of ours
  }
}

await main(
  function* () {
    const ls = yield* ipcListen(path, 511);
    signalOf().addEventListener("abort", () => console.log("shutting down"));
    console.log(`listening on ${path}`);
    try {
      yield* serve(ls, dialogue, {
        onError: (error) => console.error("a dialogue failed:", error),
      });
    } finally {
      hclose(ls);
      console.log("bye");
    }
  },
  { grace: patience },
);
