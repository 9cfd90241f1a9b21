// A request/response client with a deadline per request, and a server that is sometimes too slow.
// A connection whose request timed out can't be used again: the answer may still come. So the client
// drops it and makes a new one.
// In a clone, run it with: node build/examples/request-client/main.js
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import {
  brecv,
  bsend,
  type Coroutine,
  go,
  hclose,
  ipcConnect,
  ipcListen,
  type IpcListener,
  type IpcSocket,
  isErrno,
  msleep,
  now,
  run,
  serve,
} from "libdill-ts";

const patience = 100;

/** Answers each number with its square; for 3 it takes too long. */
function* square(s: IpcSocket): Coroutine {
  try {
    while (true) {
      const request = yield* brecv(s, 4, -1);
      const n = request.readUInt32BE();
      if (n === 3) yield* msleep(now() + 10 * patience);
      const answer = Buffer.alloc(4);
      answer.writeUInt32BE(n * n);
      yield* bsend(s, answer, -1);
    }
  } catch (e) {
    if (!isErrno(e, "EPIPE", "ECONNRESET")) throw e;
  }
}

function* server(ls: IpcListener): Coroutine {
  yield* serve(ls, square);
}

/** One request under one deadline. */
function* ask(s: IpcSocket, n: number, deadline: number): Coroutine<number> {
  const request = Buffer.alloc(4);
  request.writeUInt32BE(n);
  yield* bsend(s, request, deadline);
  return (yield* brecv(s, 4, deadline)).readUInt32BE();
}

function* client(path: string): Coroutine {
  let s = yield* ipcConnect(path, now() + 1000);
  try {
    for (const n of [1, 2, 3, 4, 5]) {
      try {
        console.log(`${n} squared is ${yield* ask(s, n, now() + patience)}`);
      } catch (e) {
        if (!isErrno(e, "ETIMEDOUT")) throw e;
        console.log(`${n}: no answer within ${patience} ms`);
        hclose(s);
        s = yield* ipcConnect(path, now() + 1000);
      }
    }
  } finally {
    hclose(s);
  }
}

const folder = mkdtempSync(joinPath(tmpdir(), "dill-request-"));
try {
  const path = joinPath(folder, "square.ipc");
  await run(
    (function* () {
      const ls = yield* ipcListen(path, 511);
      const serving = go(server(ls));
      try {
        yield* client(path);
      } finally {
        hclose(serving);
        hclose(ls);
      }
    })(),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
