// A server that is started when its first client comes, and ends when none has come for a while. systemd, or
// any parent that knows the protocol of sd_listen_fds(3), holds the listening socket meanwhile, so that no
// client is lost between two starts. Started by hand, it listens by itself.
//
// In a clone, run it with: systemd-socket-activate -l /tmp/clock.ipc node build/examples/socket-activation/main.js
//                      or: node build/examples/socket-activation/main.js /tmp/clock.ipc
//              and ask it: socat - UNIX-CONNECT:/tmp/clock.ipc
import {
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcListen,
  ipcListenerFromfd,
  type IpcListener,
  type IpcSocket,
  isErrno,
  main,
  now,
} from "libdill-ts";

const path = process.argv[2] ?? "/tmp/clock.ipc";
const patience = Number(process.argv[3] ?? 10_000);
const firstHandedDown = 3;

function* listener(): Coroutine<IpcListener> {
  const { LISTEN_PID, LISTEN_FDS } = process.env;
  if (LISTEN_PID !== String(process.pid) || LISTEN_FDS === undefined) {
    return yield* ipcListen(path, 511, { unlinkStale: true });
  }
  if (LISTEN_FDS !== "1") throw new Error(`one socket is expected, not ${LISTEN_FDS}`);
  return yield* ipcListenerFromfd(firstHandedDown);
}

function* tellTime(s: IpcSocket): Coroutine {
  try {
    yield* bsend(s, Buffer.from(`${new Date().toISOString()} from ${process.pid}\n`), now() + 1000);
  } catch (error) {
    if (!isErrno(error, "ECONNRESET", "ETIMEDOUT")) throw error; // the client has gone, or does not read
  } finally {
    hclose(s);
  }
}

await main(function* () {
  const ls = yield* listener();
  const dialogues = bundle({ onError: (error) => console.error("a dialogue failed:", error) });
  try {
    for (;;) bundleGo(dialogues, tellTime(yield* ipcAccept(ls, now() + patience)));
  } catch (error) {
    if (!isErrno(error, "ETIMEDOUT")) throw error;
  }
  yield* bundleWait(dialogues, now() + 1000);
});
