// A server that is replaced by its next version without refusing a client. The new process connects to the old one and
// receives its listening socket. From then on both accept; the old one takes no more, finishes its dialogues and ends. The socket itself
// was never closed, so whoever connects meanwhile waits in its queue for a moment at most.
//
// It needs Node 26, or the package koffi: npm install koffi
//
// In a clone, run it with: node build/examples/hot-restart/main.js /tmp/clock.ipc
//        and replace it by: node build/examples/hot-restart/main.js /tmp/clock.ipc
//              and ask it: socat - UNIX-CONNECT:/tmp/clock.ipc
import { closeSync } from "node:fs";
import {
  brecv,
  bsend,
  bundleGo,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  ipcDone,
  ipcListen,
  ipcListenerFromfd,
  type IpcListener,
  type IpcSocket,
  isErrno,
  main,
  now,
  scope,
  serve,
} from "libdill-ts";
import { fileno, ipcKeepfile, ipcPeer, ipcRecvfd, ipcSendfd } from "libdill-ts/native";

const path = process.argv[2] ?? "/tmp/clock.ipc";
/** Where the successor asks for the listening socket. Only the same user can: its file has the mode 0600. */
const handover = `${path}.next`;
const patience = 5000;

/** The predecessor's listener, and the connection on which it waits to hear that we serve; or one of our own. */
function* listener(): Coroutine<{ ls: IpcListener; predecessor: IpcSocket | undefined }> {
  let predecessor: IpcSocket;
  try {
    predecessor = yield* ipcConnect(handover, now() + patience);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ECONNREFUSED")) throw error;
    return { ls: yield* ipcListen(path, 511, { unlinkStale: true }), predecessor: undefined };
  }
  const fd = yield* ipcRecvfd(predecessor, now() + patience);
  try {
    return { ls: yield* ipcListenerFromfd(fd), predecessor };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Gives the listening socket to a successor; returns once that serves. */
function* handOver(ls: IpcListener): Coroutine {
  const next = yield* ipcListen(handover, 1, {
    unlinkStale: true,
    allow: ({ uid }) => uid === process.getuid?.(),
  });
  for (;;) {
    const s = yield* ipcAccept(next, -1);
    try {
      yield* ipcSendfd(s, fileno(ls), now() + patience);
      yield* brecv(s, 1, now() + patience); // it serves
      ipcKeepfile(ls);
      console.log(`${process.pid} is replaced by ${ipcPeer(s).pid}`);
      hclose(next); // the file is free for the successor's
      yield* bsend(s, Buffer.from("!"), now() + patience);
      return;
    } catch (error) {
      if (!isErrno(error, "EPIPE", "ECONNRESET", "ETIMEDOUT")) throw error; // it has failed: wait for another
    } finally {
      hclose(s);
    }
  }
}

function* tellTime(s: IpcSocket): Coroutine {
  try {
    yield* bsend(s, Buffer.from(`${new Date().toISOString()} from ${process.pid}\n`), now() + 1000);
  } catch (error) {
    if (!isErrno(error, "ECONNRESET", "ETIMEDOUT")) throw error; // the client has gone, or does not read
  }
}

function* serveOn(ls: IpcListener): Coroutine {
  yield* serve(ls, tellTime, { onError: (error) => console.error("a dialogue failed:", error) });
}

await main(function* () {
  const { ls, predecessor } = yield* listener();
  yield* scope(function* (b) {
    bundleGo(b, serveOn(ls));
    if (predecessor !== undefined) {
      yield* bsend(predecessor, Buffer.from("!"), now() + patience);
      yield* brecv(predecessor, 1, now() + patience);
      hclose(predecessor);
    }
    console.log(`${process.pid} serves`);
    yield* handOver(ls);
    // The successor takes whoever comes. Whom this process has taken already, it serves; then serve returns.
    yield* ipcDone(ls, -1);
  });
});
