// Asking a process that has prepared nothing: SIGUSR1 makes Node open its inspector, which is closed again at once. This also works
// while the process is busy.
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
const close = `process.getBuiltinModule("inspector").close()`;

interface Looked {
  readonly process: Hello;
  readonly snapshots: readonly Snapshot[];
}

interface Answer {
  readonly id: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

export function* askBySignal(
  pid: number,
  { places, portIsFine }: { readonly places: boolean; readonly portIsFine: boolean },
): Coroutine<Picture> {
  checkTakesSignal(pid);
  if (!portIsFine && areOthersHere()) {
    throw new Problem(
      "other users are logged in, and could connect to the port that the process would open for a moment: say --port-ok, or start it with --import libdill-ts/inspect",
    );
  }
  const before = portsOf(pid);
  process.kill(pid, "SIGUSR1");
  const { url, isNew } = yield* inspectorOf(pid, before);
  const s = yield* connect(url);
  try {
    const found = yield* evaluate<Looked>(s, look.replace("PLACES", String(places)));
    if (found === undefined)
      throw new Problem(`process ${pid} does not use libdill-ts, or not yet`);
    if (found.process.pid !== pid) throw new Problem(`another process answered in place of ${pid}`);
    return {
      process: found.process,
      coroutines: found.snapshots.flatMap(({ coroutines }) => coroutines),
      handles: found.snapshots.flatMap(({ handles }) => handles),
      omitted: 0,
    };
  } finally {
    if (isNew) yield* closePort(s);
    hclose(s);
  }
}

interface Inspector {
  readonly url: URL;
  /** The signal has opened it; else somebody else uses it. */
  readonly isNew: boolean;
}

function* inspectorOf(pid: number, before: ReadonlySet<number>): Coroutine<Inspector> {
  for (const end = now() + opening; now() < end; yield* msleep(now() + 20)) {
    const ports = [...portsOf(pid)];
    const isNew = ports.some((port) => !before.has(port));
    for (const port of isNew ? ports.filter((it) => !before.has(it)) : ports) {
      const url = yield* addressAt(port);
      if (url !== undefined) return { url, isNew };
    }
  }
  throw new Problem(
    `process ${pid} has opened no inspector: it handles SIGUSR1 itself, or port 9229 is taken; start it with --import libdill-ts/inspect`,
  );
}

/** Undefined: what listens there is no inspector. */
function* addressAt(port: number): Coroutine<URL | undefined> {
  try {
    const list = yield* until(targetsAt(port), now() + 1000);
    return list === undefined ? undefined : new URL(list);
  } catch {
    return undefined;
  }
}

async function targetsAt(port: number): Promise<string | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await response.json()) as readonly { readonly webSocketDebuggerUrl?: string }[];
  return target?.webSocketDebuggerUrl;
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
