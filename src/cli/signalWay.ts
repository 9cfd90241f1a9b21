// Asking a process that has prepared nothing: SIGUSR1 makes Node open its inspector, which is closed again at once. This also works
// while the process is busy.
import { isErrno } from "../errors/index.js";
import { hclose } from "../handles/index.js";
import { until } from "../interop/index.js";
import type { Hello } from "../inspect/index.js";
import { IPADDR_IPV4, ipaddrRemote } from "../ipaddr/index.js";
import type { Coroutine } from "../kernel/index.js";
import { wsAttachClient, type WsSocket } from "../protocols/ws/index.js";
import { msleep, now, type Snapshot } from "../runtime/index.js";
import { mrecv, msend } from "../sockets/index.js";
import { tcpConnect } from "../tcp/index.js";
import type { Picture } from "./picture.js";
import { Problem } from "./problem.js";
import { areOthersHere, checkTakesSignal, portsOf } from "./proc.js";

/** How long the inspector may take to open, in milliseconds: Node has a thread for that, which a busy program does not hold up. */
const opening = 3000;
/** How long it may take to say where it is. */
const answering = 1000;
/** How long it may take to answer, in milliseconds. */
const patience = 10_000;
/** How long an answer may be, in bytes. */
const longestAnswer = 2 ** 30;

/** Evaluated in the process. */
const look = `(() => {
  const offers = globalThis[Symbol.for("libdill-ts")];
  if (offers === undefined) return undefined;
  const { pid, version, argv } = process;
  const started = Math.round(performance.timeOrigin);
  return {
    process: { hello: 1, pid, thread: 0, started, node: version, argv: argv.slice(1) },
    snapshots: offers.filter(({ format }) => format === 1).map((offer) => offer.snapshot({ places: PLACES })),
  };
})()`;
/**
 * A process that computes has taken the signal in the middle of that, and takes it once more when its loop turns: then the port is closed
 * behind that.
 */
const close = `(() => {
  const { close } = process.getBuiltinModule("inspector");
  setImmediate(close);
  close();
})()`;

interface Looked {
  readonly process: Hello;
  readonly snapshots: readonly Snapshot[];
}

interface Answer {
  readonly id: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

interface Terms {
  readonly places: boolean;
  readonly portIsFine: boolean;
}

export function* askBySignal(pid: number, terms: Terms): Coroutine<Picture> {
  try {
    return yield* attempt(pid, terms);
  } catch (error) {
    // Another look, at the same time or just before, may have closed the port.
    if (!isErrno(error, "ECONNREFUSED", "ECONNRESET", "EPIPE")) throw error;
    return yield* attempt(pid, terms);
  }
}

function* attempt(pid: number, { places, portIsFine }: Terms): Coroutine<Picture> {
  checkTakesSignal(pid);
  if (!portIsFine && areOthersHere()) {
    throw new Problem(
      "other users are logged in, and could connect to the port that the process would open for a moment: say --port-ok, or start it with --import libdill-ts/inspect",
    );
  }
  const before = portsOf(pid);
  process.kill(pid, "SIGUSR1");
  let isClosed = false;
  try {
    const { url, isNew } = yield* inspectorOf(pid, before);
    isClosed = !isNew; // else somebody else uses it
    const s = yield* connect(url);
    try {
      const found = yield* evaluate<Looked>(s, look.replace("PLACES", String(places)));
      return pictureOf(found, pid);
    } finally {
      if (!isClosed) yield* closePort(s);
      isClosed = true;
      hclose(s);
    }
  } finally {
    // The command was told to end, or something has failed, and the port is open, or about to be.
    if (!isClosed) yield* closeBehind(pid, before);
  }
}

function pictureOf(found: Looked | undefined, pid: number): Picture {
  if (found === undefined) throw new Problem(`process ${pid} does not use libdill-ts, or not yet`);
  if (found.process.pid !== pid) throw new Problem(`another process answered in place of ${pid}`);
  return {
    process: found.process,
    coroutines: found.snapshots.flatMap(({ coroutines }) => coroutines),
    handles: found.snapshots.flatMap(({ handles }) => handles),
    omitted: 0,
  };
}

function* closeBehind(pid: number, before: ReadonlySet<number>): Coroutine {
  try {
    const { url, isNew } = yield* inspectorOf(pid, before);
    if (!isNew) return;
    const s = yield* connect(url);
    yield* closePort(s);
    hclose(s);
  } catch {
    // There is no port.
  }
}

interface Inspector {
  readonly url: URL;
  /** The signal has opened it; else somebody else uses it. */
  readonly isNew: boolean;
}

/** Where Node opens it, if nothing else is said. */
const usualPort = 9229;

function* inspectorOf(pid: number, before: ReadonlySet<number>): Coroutine<Inspector> {
  for (const end = now() + opening; now() < end; yield* msleep(now() + 20)) {
    // The program's own ports are left alone.
    for (const port of portsOf(pid)) {
      if (before.has(port)) continue;
      const url = yield* addressAt(port);
      if (url !== undefined) return { url, isNew: true };
    }
  }
  const url = before.has(usualPort) ? yield* addressAt(usualPort) : undefined;
  if (url !== undefined) return { url, isNew: false };
  throw new Problem(
    `process ${pid} has opened no inspector: it handles SIGUSR1 itself, or port ${usualPort} is taken; start it with --import libdill-ts/inspect`,
  );
}

/** Undefined: what listens there is no inspector. */
function* addressAt(port: number): Coroutine<URL | undefined> {
  try {
    const address = yield* until(targetAt(port), now() + answering);
    const url = address === undefined ? undefined : new URL(address);
    return url?.port === String(port) ? url : undefined;
  } catch (error) {
    if (isErrno(error, "ECANCELED")) throw error;
    return undefined;
  }
}

async function targetAt(port: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(answering);
  const response = await fetch(`http://127.0.0.1:${port}/json/list`, { signal });
  const targets: unknown = await response.json();
  const address: unknown = Array.isArray(targets) ? targets[0]?.webSocketDebuggerUrl : undefined;
  return typeof address === "string" ? address : undefined;
}

function* connect(url: URL): Coroutine<WsSocket> {
  const addr = yield* ipaddrRemote("127.0.0.1", Number(url.port), IPADDR_IPV4, now() + patience);
  const s = yield* tcpConnect(addr, now() + patience);
  const target = { resource: url.pathname, host: url.host, text: true, maxSize: longestAnswer };
  return yield* wsAttachClient(s, target, now() + patience);
}

function* evaluate<T>(s: WsSocket, expression: string): Coroutine<T | undefined> {
  const params = { expression, returnByValue: true };
  const request = { id: 1, method: "Runtime.evaluate", params };
  yield* msend(s, Buffer.from(JSON.stringify(request)), now() + patience);
  for (;;) {
    const message = yield* mrecv(s, now() + patience);
    const { id, result } = JSON.parse(message.toString()) as Answer;
    if (id === 1) return result?.result?.value as T | undefined;
  }
}

/** The process closes the connection with the port. */
function* closePort(s: WsSocket): Coroutine {
  try {
    yield* evaluate(s, close);
  } catch {
    // It has.
  }
}
