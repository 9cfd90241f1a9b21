// The demonstration: two processes and a real socket. First a server greets; then it is stopped, its
// backlog runs full, and 500 coroutines hang in ipcConnect until one hclose aborts them all.
// Exits with 0 only if everything was as it says. In a clone, run it with: npm start
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { fileURLToPath } from "node:url";
import {
  brecv,
  bsend,
  bundle,
  bundleGo,
  bundleWait,
  chdone,
  chmake,
  chrecv,
  type Coroutine,
  hclose,
  ipcClose,
  ipcConnect,
  type IpcSocket,
  isErrno,
  main,
  msleep,
  now,
} from "libdill-ts";

const crowd = 500;
const backlog = 8;
const start = now();
const folder = mkdtempSync(joinPath(tmpdir(), "dill-demo-"));
const path = joinPath(folder, "greet.ipc");

process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

await main(function* () {
  say(`process ${process.pid} starts the server, a process of its own`);
  const server = startServer();
  try {
    yield* greetings();
    yield* stoppedListener(server);
    server.kill("SIGCONT");
    server.kill("SIGTERM");
    yield* exitOf(server);
    check(server.exitCode === 0, `the server was told to end and did: status ${server.exitCode}`);
  } finally {
    server.kill("SIGKILL");
  }
  say("done: everything was as it should be");
});

/** Three clients talk to the server at the same time. */
function* greetings(): Coroutine {
  hclose(yield* connectWhenReady(now() + 5000));
  const b = bundle();
  try {
    for (const name of ["alice", "bobby", "carol"]) bundleGo(b, client(name));
    yield* bundleWait(b, now() + 2000);
  } finally {
    hclose(b);
  }
}

function* client(name: string): Coroutine {
  const s = yield* ipcConnect(path, now() + 1000);
  try {
    yield* bsend(s, Buffer.from(name), now() + 1000);
    const answer = (yield* brecv(s, 11, now() + 1000)).toString();
    check(answer === `hello ${name}`, `${name} says her name, and the server says "${answer}"`);
    yield* ipcClose(s, now() + 1000);
  } catch (e) {
    hclose(s);
    throw e;
  }
}

/** The server is stopped and accepts nobody; whoever connects now has to wait. */
function* stoppedListener(server: ChildProcess): Coroutine {
  server.kill("SIGSTOP");
  say("the server is stopped (SIGSTOP): it accepts nobody any more");
  const queued = yield* fillBacklog();
  say(`its backlog is full: ${queued.length} connections wait in the kernel`);
  const descriptorsBefore = countDescriptors();

  const aborted = { ECANCELED: 0, other: 0 };
  const b = bundle();
  for (let i = 0; i < crowd; i++) bundleGo(b, hangInConnect(aborted));
  yield* msleep(now() + 500);
  check(
    aborted.ECANCELED + aborted.other === 0,
    `${crowd} coroutines in one bundle call ipcConnect; half a second later all are pending`,
  );

  const before = now();
  hclose(b);
  const took = (now() - before).toFixed(1);
  const left = countDescriptors() - descriptorsBefore;
  check(
    aborted.ECANCELED === crowd && left <= 0,
    `one hclose(bundle): ${aborted.ECANCELED} times ECANCELED in ${took} ms, ${left} descriptors left`,
  );
  for (const s of queued) hclose(s);
}

function* hangInConnect(aborted: { ECANCELED: number; other: number }): Coroutine {
  try {
    hclose(yield* ipcConnect(path, -1));
    aborted.other += 1;
  } catch (e) {
    if (isErrno(e, "ECANCELED")) aborted.ECANCELED += 1;
    else aborted.other += 1;
    throw e;
  }
}

/** Connects until the kernel takes no more. */
function* fillBacklog(): Coroutine<IpcSocket[]> {
  const queued: IpcSocket[] = [];
  while (true) {
    try {
      queued.push(yield* ipcConnect(path, now() + 100));
    } catch (e) {
      if (isErrno(e, "ETIMEDOUT")) return queued;
      throw e;
    }
  }
}

function startServer(): ChildProcess {
  const program = fileURLToPath(new URL("server.js", import.meta.url));
  return spawn(process.execPath, [program, path, String(backlog)], { stdio: "inherit" });
}

function* connectWhenReady(deadline: number): Coroutine<IpcSocket> {
  while (true) {
    try {
      return yield* ipcConnect(path, deadline);
    } catch (e) {
      if (!isErrno(e, "ENOENT", "ECONNREFUSED") || now() > deadline) throw e;
      yield* msleep(now() + 10);
    }
  }
}

/** Waits for a child process: its event closes a channel. */
function* exitOf(child: ChildProcess): Coroutine {
  const [here, there] = chmake<never>();
  child.once("exit", () => chdone(there));
  try {
    yield* chrecv(here, now() + 2000);
  } catch (e) {
    if (!isErrno(e, "EPIPE")) throw e;
  } finally {
    hclose(here);
    hclose(there);
  }
}

function countDescriptors(): number {
  return existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0;
}

function check(isSo: boolean, sentence: string): void {
  say(sentence);
  if (!isSo) throw new Error(`this was not so: ${sentence}`);
}

function say(sentence: string): void {
  console.log(`${((now() - start) / 1000).toFixed(3).padStart(6)} s  ${sentence}`);
}
