// What the contract promises, in small: run by scripts/testRuntimes.mjs in each runtime. Prints a line for each promise.
import { AsyncLocalStorage } from "node:async_hooks";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  brecv,
  brecvSome,
  bsend,
  bundle,
  bundleGo,
  chdone,
  chmake,
  choose,
  chrecv,
  go,
  chsend,
  hclose,
  ipaddrEqual,
  ipaddrLocal,
  ipaddrRemotes,
  ipcAccept,
  ipcConnect,
  ipcDone,
  ipcListen,
  ipcPair,
  join as joinTask,
  msleep,
  now,
  run,
  tcpAccept,
  tcpConnect,
  tcpListen,
  tcpLocal,
  tcpPeer,
  udpLocal,
  udpOpen,
  udpRecv,
  udpSend,
  until,
  withDeadline,
} from "libdill-ts";

const folder = mkdtempSync(join(tmpdir(), "dill-"));
const soon = () => now() + 3000;
const storage = new AsyncLocalStorage();

/** Each returns whether it came out right. */
const promises = {
  *"coroutines and their values"() {
    const h = go(
      (function* () {
        yield;
        return 7;
      })(),
    );
    return (yield* joinTask(h, soon())) === 7;
  },
  *"channels, their end, and choose"() {
    const [a, b] = chmake();
    go(
      (function* () {
        yield* chsend(a, 1, -1);
        chdone(a);
      })(),
    );
    const { value } = yield* choose([{ op: "recv", ch: b }], soon());
    return value === 1 && (yield* codeOf(chrecv(b, soon()))) === "EPIPE";
  },
  *"cancellation at once"() {
    let code = "";
    const h = go(
      (function* () {
        code = yield* codeOf(msleep(-1));
      })(),
    );
    hclose(h);
    return code === "ECANCELED";
  },
  *"deadlines, never early"() {
    const due = now() + 20;
    const block = withDeadline(due, function* () {
      yield* msleep(-1);
    });
    return (yield* codeOf(block)) === "ETIMEDOUT" && now() >= due;
  },
  *"promises, and the signal that is aborted"() {
    let isAborted = false;
    const waiting = until((signal) => {
      signal.addEventListener("abort", () => (isAborted = true));
      return new Promise(() => {});
    }, now() + 5);
    return (yield* codeOf(waiting)) === "ETIMEDOUT" && isAborted;
  },
  *"AsyncLocalStorage follows a coroutine"() {
    const inside = function* () {
      yield* msleep(now() + 1);
      return storage.getStore();
    };
    const one = storage.run("one", () => go(inside()));
    const two = storage.run("two", () => go(inside()));
    return (yield* joinTask(one, soon())) === "one" && (yield* joinTask(two, soon())) === "two";
  },
  *"local sockets, both ways"() {
    const [s, k] = yield* meet(join(folder, "a"));
    yield* bsend(k, Buffer.from("hello"), soon());
    const heard = String(yield* brecv(s, 5, soon()));
    yield* bsend(s, Buffer.from("there"), soon());
    return heard === "hello" && String(yield* brecvSome(k, 9, soon())) === "there";
  },
  *"UDP, both ways, and its addresses"() {
    const a = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), null);
    const b = yield* udpOpen(ipaddrLocal("127.0.0.1", 0), udpLocal(a));
    udpSend(b, null, Buffer.from("ABC"));
    const { data, addr } = yield* udpRecv(a, soon());
    udpSend(a, addr, data);
    const isSame = String((yield* udpRecv(b, soon())).data) === "ABC";
    const isKnown = ipaddrEqual(addr, udpLocal(b));
    for (const h of [a, b]) hclose(h);
    return isSame && isKnown;
  },
  *"TCP, both ways, and its addresses"() {
    const ls = yield* tcpListen(ipaddrLocal("127.0.0.1", 0), 10);
    const k = yield* tcpConnect(tcpLocal(ls), soon());
    const s = yield* tcpAccept(ls, soon());
    yield* bsend(k, Buffer.from("hello"), soon());
    const heard = String(yield* brecv(s, 5, soon()));
    const isKnown = ipaddrEqual(tcpLocal(k), tcpPeer(s));
    hclose(s);
    const isEnd = (yield* codeOf(brecv(k, 1, soon()))) === "EPIPE";
    return heard === "hello" && isKnown && isEnd;
  },
  *"a name is looked up"() {
    const [found] = yield* ipaddrRemotes("localhost", 1, 0, soon());
    return found !== undefined;
  },
  *"half-close"() {
    const [a, b] = yield* ipcPair();
    yield* ipcDone(a, -1);
    const isEnd = (yield* codeOf(brecv(b, 1, soon()))) === "EPIPE";
    yield* bsend(b, Buffer.from("x"), soon());
    return isEnd && String(yield* brecv(a, 1, soon())) === "x";
  },
  *"a megabyte, whole"() {
    const [a, b] = yield* ipcPair();
    const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251));
    go(
      (function* () {
        yield* bsend(a, bytes, -1);
      })(),
    );
    return (yield* brecv(b, bytes.length, soon())).equals(bytes);
  },
  *"a deadline on a receive"() {
    const [, b] = yield* ipcPair();
    return (yield* codeOf(brecv(b, 1, now() + 10))) === "ETIMEDOUT";
  },
  *"ENOENT where nobody is"() {
    return (yield* codeOf(ipcConnect(join(folder, "nobody"), soon()))) === "ENOENT";
  },
  *"a socket path of 150 bytes"() {
    return (yield* meet(join(folder, "x".repeat(150)))).length === 2;
  },
  *"500 connects canceled at once"() {
    const path = join(folder, "b");
    yield* ipcListen(path, 1);
    const b = bundle();
    for (let i = 0; i < 500; i++) bundleGo(b, connecting(path));
    hclose(b);
    return true;
  },
};

for (const [name, promise] of Object.entries(promises)) {
  const outcome = await run(promise()).catch((error) => `${error}`.split("\n")[0]);
  console.log(
    `${outcome === true ? "yes" : "no"}: ${name}${outcome === true ? "" : ` (${outcome})`}`,
  );
}
rmSync(folder, { recursive: true, force: true });
process.exit();

function* codeOf(operation) {
  try {
    yield* operation;
    return "no error";
  } catch (error) {
    return error.code;
  }
}

/** Both ends of a connection at a path. */
function* meet(path) {
  const ls = yield* ipcListen(path, 10);
  const h = go(
    (function* () {
      return yield* ipcConnect(path, soon());
    })(),
  );
  return [yield* ipcAccept(ls, soon()), yield* joinTask(h, soon())];
}

function* connecting(path) {
  hclose(yield* ipcConnect(path, -1));
}
